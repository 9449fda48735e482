public import ExporterSDK
public import Exposition

/// What the kernel's memory management has done: pages read, written, swapped, faulted in; processes killed.
///
/// Reads `/proc/vmstat`; see proc_vmstat(5).
public struct VmstatCollector: Collector {
    public static let name: StaticString = "vmstat"
    public static let help: StaticString = "Paging, swapping, page faults and OOM kills, from /proc/vmstat."

    static let fields = Flag(
        "collector.vmstat.fields",
        default: try? Pattern("^(oom_kill|pgpg|pswp|pg.*fault).*"),
        placeholder: "REGEXP",
        help: "Fields of /proc/vmstat to expose."
    )
    public static let flags: [any FlagDeclaration] = [fields]

    let field = MetricTemplate(.untyped, "node_vmstat_", help: { "/proc/vmstat information field \($0)." })
    let proc: FileTree
    let wanted: NameFilter

    public init(_ host: Host, _ flags: FlagValues) {
        proc = host.proc
        wanted = NameFilter(include: flags[Self.fields])
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        for (name, value) in try Self.parse(proc.read("vmstat")) where wanted.accepts(name) {
            if let value = value.double { out.emit(field[name], value) }
        }
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [(name: Bytes, value: Bytes)] {
        var parsed: [(Bytes, Bytes)] = []
        parsed.reserveCapacity(256)
        for line in bytes.lines {
            var fields = line.fields
            if let name = fields.next(), let value = fields.next() { parsed.append((name, value)) }
        }
        guard !parsed.isEmpty else { throw .failed("vmstat: no field, in \(bytes.count) bytes") }
        return parsed
    }
}
