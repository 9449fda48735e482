public import ExporterSDK
public import Exposition
import Instruments

/// How long the machine is up. Reads `/proc/uptime`; see proc_uptime(5).
public struct UptimeCollector: Collector {
    public static let name: StaticString = "uptime"
    public static let help: StaticString = "Seconds since the machine was started, from /proc/uptime."

    let uptime = Metric(.gauge, "example_uptime_seconds", "Seconds since the machine was started.")
    let machine: Machine

    public init(_ machine: Machine, _ flags: FlagValues) { self.machine = machine }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let start = ContinuousClock.now
        var fields = try machine.proc.read("uptime").fields
        machine.readSeconds.observe(.now - start, exemplar: [("file", "uptime")])
        guard let seconds = fields.next()?.double else { throw .failed("uptime: its first field is no number") }
        out.emit(uptime, seconds)
    }
}
