public import ExporterSDK
public import Exposition

/// How often each CPU was interrupted, and by what.
///
/// Reads `/proc/interrupts`; see proc_interrupts(5).
public struct InterruptsCollector: Collector {
    public static let name: StaticString = "interrupts"
    public static let help: StaticString = "Interrupts by CPU, kind and device, from /proc/interrupts."
    public static let isEnabledByDefault = false

    static let include = Flag<Pattern?>(
        "collector.interrupts.name-include",
        default: nil,
        placeholder: "REGEXP",
        help: "Interrupts to expose, as \"type;info;devices\"; not together with name-exclude."
    )
    static let exclude = Flag<Pattern?>(
        "collector.interrupts.name-exclude",
        default: nil,
        placeholder: "REGEXP",
        help: "Interrupts not to expose, as \"type;info;devices\"; not together with name-include."
    )
    static let includeZeros = Flag(
        "collector.interrupts.include-zeros",
        default: true,
        help: "Expose counts of zero too, which most are on hosts with many CPUs."
    )
    public static let flags: [any FlagDeclaration] = [include, exclude, includeZeros]

    let total = Metric(
        .counter,
        "node_interrupts_total",
        "Interrupt details.",
        labels: ["cpu", "type", "info", "devices"]
    )
    let proc: FileTree
    let wanted: NameFilter
    let withZeros: Bool

    public init(_ host: Host, _ flags: FlagValues) throws(UsageError) {
        proc = host.proc
        wanted = try NameFilter(include: Self.include, exclude: Self.exclude, flags)
        withZeros = flags[Self.includeZeros]
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let (cpus, interrupts) = try Self.parse(proc.read("interrupts"))
        for interrupt in interrupts where wanted.accepts(interrupt.filterName) {
            for (cpu, count) in zip(cpus, interrupt.counts) where withZeros || count != 0 {
                let labels: [4 of LabelValue] = [
                    cpu, .bytes(interrupt.type), .bytes(interrupt.info), .bytes(interrupt.devices),
                ]
                out.emit(total, count, labels)
            }
        }
    }

    struct Interrupt: Equatable {
        let type: Bytes
        let info: Bytes
        let devices: Bytes
        let counts: [Double]

        var filterName: Bytes { [type, info, devices].joined(separator: [UInt8(ascii: ";")]).asBytes }
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> (cpus: [LabelValue], interrupts: [Interrupt]) {
        guard let table = CpuTable(bytes) else { throw .failed("interrupts: no heading, in \(bytes.count) bytes") }
        let interrupts = table.rows.compactMap { row -> Interrupt? in
            guard let first = row.rest.first else { return nil }
            let blank = [UInt8(ascii: " ")]
            // A number is a line to a device: its controller, then the drivers. A name says all of itself.
            if row.name.uint64 != nil {
                let devices = row.rest.dropFirst().joined(separator: blank).asBytes
                return Interrupt(type: row.name, info: first, devices: devices, counts: row.counts)
            }
            let info = row.rest.joined(separator: blank).asBytes
            return Interrupt(type: row.name, info: info, devices: [], counts: row.counts)
        }
        return (table.cpus, interrupts)
    }
}

extension JoinedSequence<ArraySlice<Bytes>> {
    fileprivate var asBytes: Bytes { Bytes(Array(self)) }
}

extension JoinedSequence<[Bytes]> {
    fileprivate var asBytes: Bytes { Bytes(Array(self)) }
}
