public import ExporterSDK
public import Exposition

/// How often each CPU handled each kind of soft interrupt: the work that interrupts leave for later.
///
/// Reads `/proc/softirqs`; see <https://docs.kernel.org/filesystems/proc.html#kernel-data>.
public struct SoftirqsCollector: Collector {
    public static let name: StaticString = "softirqs"
    public static let help: StaticString = "Soft interrupts by CPU and kind, from /proc/softirqs."
    public static let isEnabledByDefault = false

    let total = Metric(
        .counter,
        "node_softirqs_functions_total",
        "Softirq counts per CPU.",
        labels: ["cpu", "type"]
    )
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let table = try Self.parse(proc.read("softirqs"))
        for row in table.rows {
            for (cpu, count) in zip(table.cpus, row.counts) { out.emit(total, count, [cpu, .bytes(row.name)]) }
        }
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> CpuTable {
        guard let table = CpuTable(bytes) else { throw .failed("softirqs: no heading, in \(bytes.count) bytes") }
        return table
    }
}
