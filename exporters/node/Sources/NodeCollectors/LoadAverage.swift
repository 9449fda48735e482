public import ExporterSDK
public import Exposition

/// How many tasks run or wait to run, averaged over 1, 5 and 15 minutes.
///
/// Reads `/proc/loadavg`; see proc_loadavg(5).
public struct LoadAverageCollector: Collector {
    public static let name: StaticString = "loadavg"
    public static let help: StaticString = "Load averages over 1, 5 and 15 minutes, from /proc/loadavg."

    let load1 = Metric(.gauge, "node_load1", "1m load average.")
    let load5 = Metric(.gauge, "node_load5", "5m load average.")
    let load15 = Metric(.gauge, "node_load15", "15m load average.")
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let averages = try Self.parse(proc.read("loadavg"))
        out.emit(load1, averages[0])
        out.emit(load5, averages[1])
        out.emit(load15, averages[2])
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [3 of Double] {
        var fields = bytes.fields
        var averages: [3 of Double] = .init(repeating: 0)
        for index in averages.indices {
            guard let average = fields.next()?.double else {
                throw .failed("loadavg: expected three numbers, got \"\(bytes.trimmed.text)\"")
            }
            averages[index] = average
        }
        return averages
    }
}
