public import ExporterSDK
public import Exposition
import Synchronization

/// What the kernel's memory management has done: pages read, written, swapped, faulted in; processes killed.
///
/// Reads `/proc/vmstat`; see proc_vmstat(5).
public final class VmstatCollector: Collector {
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

    /// The names of the lines and their metrics, if wanted: of 190 lines, the same at each scrape, 10 are exposed.
    private let known = Mutex<[(name: Bytes, metric: Metric<0>?)]>([])

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let fields = try Self.parse(proc.read("vmstat"))
        known.withLock { known in
            if !known.elementsEqual(fields, by: { $0.name == $1.name }) {
                known = fields.map { field in
                    (Bytes(Array(field.name)), wanted.accepts(field.name) ? self.field[field.name] : nil)
                }
            }
            for (line, field) in zip(known, fields) {
                if let metric = line.metric { out.emit(metric, field.value) }
            }
        }
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [(name: Bytes, value: Double)] {
        var parsed: [(Bytes, Double)] = []
        parsed.reserveCapacity(256)
        for line in bytes.lines {
            var fields = line.fields
            if let name = fields.next(), let value = fields.next()?.double { parsed.append((name, value)) }
        }
        guard !parsed.isEmpty else { throw .failed("vmstat: no field, in \(bytes.count) bytes") }
        return parsed
    }
}
