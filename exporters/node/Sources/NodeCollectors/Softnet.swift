public import ExporterSDK
public import Exposition

/// How many packets each CPU took from the network cards, and how many it had no room or no time for.
///
/// Reads `/proc/net/softnet_stat`; see `softnet_seq_show` in the kernel's `net/core/net-procfs.c`.
public struct SoftnetCollector: Collector {
    public static let name: StaticString = "softnet"
    public static let help: StaticString = "Packets processed and dropped by each CPU, from /proc/net/softnet_stat."

    let processed = Metric(
        .counter,
        "node_softnet_processed_total",
        "Number of processed packets",
        labels: ["cpu"]
    )
    let dropped = Metric(.counter, "node_softnet_dropped_total", "Number of dropped packets", labels: ["cpu"])
    let squeezed = Metric(
        .counter,
        "node_softnet_times_squeezed_total",
        "Number of times processing packets ran out of quota",
        labels: ["cpu"]
    )
    let collisions = Metric(
        .counter,
        "node_softnet_cpu_collision_total",
        "Number of collision occur while obtaining device lock while transmitting",
        labels: ["cpu"]
    )
    let receivedRps = Metric(
        .counter,
        "node_softnet_received_rps_total",
        "Number of times cpu woken up received_rps",
        labels: ["cpu"]
    )
    let flowLimits = Metric(
        .counter,
        "node_softnet_flow_limit_count_total",
        "Number of times flow limit has been reached",
        labels: ["cpu"]
    )
    let backlog = Metric(.gauge, "node_softnet_backlog_len", "Softnet backlog status", labels: ["cpu"])
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        for line in try Self.parse(proc.read("net/softnet_stat")) {
            out.emit(processed, line[0], [line.cpu])
            out.emit(dropped, line[1], [line.cpu])
            out.emit(squeezed, line[2], [line.cpu])
            out.emit(collisions, line[8], [line.cpu])
            out.emit(receivedRps, line[9], [line.cpu])
            out.emit(flowLimits, line[10], [line.cpu])
            out.emit(backlog, line[11], [line.cpu])
        }
    }

    /// A line: 9 hexadecimal columns in Linux 2.6, 11 since 3.11, 13 and the number of the CPU since 5.10.
    struct Line: Equatable {
        let cpu: LabelValue
        let columns: [UInt64]

        /// A column; 0 where the kernel is too old to count what would stand there.
        subscript(column: Int) -> Double { column < columns.count ? Double(columns[column]) : 0 }
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [Line] {
        var parsed: [Line] = []
        for (index, line) in bytes.lines.enumerated() {
            let columns = line.fields.prefix(16).compactMap(\.hex)
            guard columns.count >= 9 else { continue }
            // Offline CPUs have no line, so the line's number is the CPU's only where the kernel does not tell it.
            let cpu = columns.count > 12 ? LabelValue(columns[12]) : LabelValue(index)
            parsed.append(Line(cpu: cpu, columns: columns))
        }
        guard !parsed.isEmpty else { throw .failed("net/softnet_stat: no CPU, in \(bytes.count) bytes") }
        return parsed
    }
}
