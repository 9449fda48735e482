public import ExporterSDK
public import Exposition

/// How long the machine is up. Reads `/proc/uptime`; see proc_uptime(5).
public struct UptimeCollector: Collector {
    public static let name: StaticString = "uptime"
    public static let help: StaticString = "Seconds since the machine was started, from /proc/uptime."

    let uptime = Metric(.gauge, "example_uptime_seconds", "Seconds since the machine was started.")
    let proc: FileTree

    public init(_ proc: FileTree, _ flags: FlagValues) { self.proc = proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        var fields = try proc.read("uptime").fields
        guard let seconds = fields.next()?.double else { throw .failed("uptime: its first field is no number") }
        out.emit(uptime, seconds)
    }
}
