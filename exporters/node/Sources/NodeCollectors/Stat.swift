public import ExporterSDK
public import Exposition

/// What the kernel has counted since it started: context switches, forks, interrupts; and when that was.
///
/// Reads `/proc/stat`; see proc_stat(5).
public struct StatCollector: Collector {
    public static let name: StaticString = "stat"
    public static let help: StaticString =
        "Boot time, forks, context switches, interrupts and running processes, from /proc/stat."

    static let softirq = Flag(
        "collector.stat.softirq",
        default: false,
        help: "Also expose how often each kind of soft interrupt was handled."
    )
    public static let flags: [any FlagDeclaration] = [softirq]

    let interrupts = Metric(.counter, "node_intr_total", "Total number of interrupts serviced.")
    let contextSwitches = Metric(.counter, "node_context_switches_total", "Total number of context switches.")
    let forks = Metric(.counter, "node_forks_total", "Total number of forks.")
    let bootTime = Metric(.gauge, "node_boot_time_seconds", "Node boot time, in unixtime.")
    let running = Metric(.gauge, "node_procs_running", "Number of processes in runnable state.")
    let blocked = Metric(
        .gauge,
        "node_procs_blocked",
        "Number of processes blocked waiting for I/O to complete."
    )
    let softirqs = Metric(.counter, "node_softirqs_total", "Number of softirq calls.", labels: ["vector"])
    let proc: FileTree
    let withSoftirqs: Bool

    /// The kernel's soft interrupts in its own order, which is that of the columns.
    private static let vectors: [LabelValue] = [
        "hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched", "hrtimer", "rcu",
    ]

    public init(_ host: Host, _ flags: FlagValues) {
        proc = host.proc
        withSoftirqs = flags[Self.softirq]
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let stat = try Self.parse(proc.read("stat"))
        if let count = stat.interrupts { out.emit(interrupts, count) }
        if let count = stat.contextSwitches { out.emit(contextSwitches, count) }
        if let count = stat.forks { out.emit(forks, count) }
        if let time = stat.bootTime { out.emit(bootTime, time) }
        if let count = stat.running { out.emit(running, count) }
        if let count = stat.blocked { out.emit(blocked, count) }
        guard withSoftirqs else { return }
        for (vector, count) in zip(Self.vectors, stat.softirqs) { out.emit(softirqs, count, [vector]) }
    }

    /// The lines of `/proc/stat` that are about the whole host; nil for those that it does not have.
    struct Stat: Equatable {
        var interrupts: Double?
        var contextSwitches: Double?
        var forks: Double?
        var bootTime: Double?
        var running: Double?
        var blocked: Double?
        var softirqs: [Double] = []
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> Stat {
        var stat = Stat()
        for line in bytes.lines where !line.starts(with: "cpu") {
            var fields = line.fields
            guard let key = fields.next(), let value = fields.next()?.double else { continue }
            switch key.text {
            // What follows on this line, a count for each interrupt, is the collector of interrupts' matter.
            case "intr": stat.interrupts = value
            case "ctxt": stat.contextSwitches = value
            case "processes": stat.forks = value
            case "btime": stat.bootTime = value
            case "procs_running": stat.running = value
            case "procs_blocked": stat.blocked = value
            case "softirq":
                while let count = fields.next()?.double { stat.softirqs.append(count) }
            default: continue
            }
        }
        guard stat != Stat() else { throw .failed("stat: no line that is known, in \(bytes.count) bytes") }
        return stat
    }
}
