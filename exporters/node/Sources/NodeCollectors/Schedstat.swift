public import ExporterSDK
public import Exposition

/// How long tasks ran on each CPU, and how long they were ready to and had to wait.
///
/// Reads `/proc/schedstat`; see <https://docs.kernel.org/scheduler/sched-stats.html>.
public struct SchedstatCollector: Collector {
    public static let name: StaticString = "schedstat"
    public static let help: StaticString = "Seconds that tasks ran and waited on each CPU, from /proc/schedstat."

    let running = Metric(
        .counter,
        "node_schedstat_running_seconds_total",
        "Number of seconds CPU spent running a process.",
        labels: ["cpu"]
    )
    let waiting = Metric(
        .counter,
        "node_schedstat_waiting_seconds_total",
        "Number of seconds spent by processing waiting for this CPU.",
        labels: ["cpu"]
    )
    let timeslices = Metric(
        .counter,
        "node_schedstat_timeslices_total",
        "Number of timeslices executed by CPU.",
        labels: ["cpu"]
    )
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        for line in try Self.parse(proc.read("schedstat")) {
            out.emit(running, line.running / 1e9, [line.cpu])
            out.emit(waiting, line.waiting / 1e9, [line.cpu])
            out.emit(timeslices, line.timeslices, [line.cpu])
        }
    }

    /// A line of a CPU; the times are in nanoseconds.
    struct Line: Equatable {
        let cpu: LabelValue
        let running: Double
        let waiting: Double
        let timeslices: Double
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [Line] {
        var parsed: [Line] = []
        for line in bytes.lines {
            guard let rest = line.dropping(prefix: "cpu") else { continue }
            var fields = rest.fields
            guard let cpu = fields.next()?.uint64 else { continue }
            // Six counts of the scheduler's come first.
            let numbers = fields.dropFirst(6).prefix(3).compactMap(\.double)
            guard numbers.count == 3 else { continue }
            parsed.append(
                Line(cpu: LabelValue(cpu), running: numbers[0], waiting: numbers[1], timeslices: numbers[2])
            )
        }
        guard !parsed.isEmpty else { throw .failed("schedstat: no CPU, in \(bytes.count) bytes") }
        return parsed
    }
}
