public import ExporterSDK
public import Exposition

/// What the host's memory is used for: one gauge for each field that the kernel prints.
///
/// Reads `/proc/meminfo`; see proc_meminfo(5).
public struct MeminfoCollector: Collector {
    public static let name: StaticString = "meminfo"
    public static let help: StaticString = "What memory is used for, every field of /proc/meminfo."

    let bytes = MetricTemplate(.gauge, "node_memory_", "_bytes", help: { "Memory information field \($0)_bytes." })
    let pages = MetricTemplate(.gauge, "node_memory_", help: { "Memory information field \($0)." })
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        for field in try Self.parse(proc.read("meminfo")) {
            let name = Self.metricName(field.name)
            switch field.unit {
            case .kibibytes: out.emit(bytes[name], field.value * 1024)
            case .count: out.emit(pages[name], field.value)
            }
        }
    }

    /// A line: `MemFree: 225472 kB`, or `HugePages_Free: 0`.
    struct Field: Equatable {
        enum Unit { case kibibytes, count }
        let name: Bytes
        let value: Double
        let unit: Unit
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [Field] {
        var parsed: [Field] = []
        parsed.reserveCapacity(64)
        for line in bytes.lines {
            guard let (name, rest) = line.cut(at: ":"), !name.isEmpty else { continue }
            var fields = rest.fields
            guard let value = fields.next()?.double else { continue }
            switch fields.next() {
            case nil: parsed.append(Field(name: name, value: value, unit: .count))
            case let unit? where unit == "kB": parsed.append(Field(name: name, value: value, unit: .kibibytes))
            default: continue
            }
        }
        guard !parsed.isEmpty else { throw .failed("meminfo: no field, in \(bytes.count) bytes") }
        return parsed
    }

    /// `Active(anon)` is `Active_anon` in a metric's name.
    static func metricName(_ field: Bytes) -> Bytes {
        guard field.last == UInt8(ascii: ")") else { return field }
        return Bytes(field.dropLast().map { $0 == UInt8(ascii: "(") ? UInt8(ascii: "_") : $0 })
    }
}
