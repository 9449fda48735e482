public import ExporterSDK
public import Exposition

/// How many processes and threads there are, in which states, and how many there may be.
///
/// Reads `/proc/*/stat` and `/proc/*/task/*/stat`, see proc_pid_stat(5), and the limits in `/proc/sys/kernel/`.
public struct ProcessesCollector: Collector {
    public static let name: StaticString = "processes"
    public static let help: StaticString = "Processes and threads by state, from the stat file of each in /proc."
    public static let isEnabledByDefault = false

    let pids = Metric(.gauge, "node_processes_pids", "Number of PIDs")
    let threads = Metric(.gauge, "node_processes_threads", "Allocated threads in system")
    let maxProcesses = Metric(.gauge, "node_processes_max_processes", "Number of max PIDs limit")
    let maxThreads = Metric(.gauge, "node_processes_max_threads", "Limit of threads in the system")
    let states = Metric(
        .gauge,
        "node_processes_state",
        "Number of processes in each state.",
        labels: ["state"]
    )
    let threadStates = Metric(
        .gauge,
        "node_processes_threads_state",
        "Number of threads in each state.",
        labels: ["thread_state"]
    )
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        var counts = Counts()
        // Asked once, of a process that is there: one in which a thread can be looked at.
        let hasTasks = proc.contains("self/task")
        for pid in try proc.names(in: "") where Bytes(pid).uint64 != nil {
            if context.isCancelled { throw .failed("\(counts.pids) processes read when time was up") }
            count(pid, hasTasks: hasTasks, &counts)
        }
        guard counts.pids > 0 else { throw .failed("\(proc.root): no process to be seen") }
        out.emit(pids, Double(counts.pids))
        out.emit(threads, counts.threads)
        if let most = proc.attribute("sys/kernel/pid_max")?.double { out.emit(maxProcesses, most) }
        if let most = proc.attribute("sys/kernel/threads-max")?.double { out.emit(maxThreads, most) }
        emit(counts.states, as: states, into: &out)
        emit(counts.threadStates, as: threadStates, into: &out)
    }

    private struct Counts {
        var pids = 0
        var threads = 0.0
        var states: [UInt8: Int] = [:]
        var threadStates: [UInt8: Int] = [:]
    }

    /// A process that has gone between listing and reading is not counted.
    private func count(_ pid: String, hasTasks: Bool, _ counts: inout Counts) {
        guard let process = proc.attribute("\(pid)/stat", keep: false).flatMap(Self.parse) else { return }
        counts.pids += 1
        counts.threads += process.threads
        counts.states[process.state, default: 0] += 1
        guard hasTasks else { return }
        // The first thread's state is the process's, so that of most processes is known.
        counts.threadStates[process.state, default: 0] += 1
        guard process.threads > 1 else { return }
        for thread in proc.list("\(pid)/task") where thread != pid {
            guard let task = proc.attribute("\(pid)/task/\(thread)/stat", keep: false).flatMap(Self.parse) else {
                continue
            }
            counts.threadStates[task.state, default: 0] += 1
        }
    }

    /// The state's letter and the number of threads; nil where the bytes are no stat of a process.
    static func parse(_ bytes: Bytes) -> (state: UInt8, threads: Double)? {
        // The name stands in parentheses and may hold anything, blanks and parentheses too.
        guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        var fields = bytes[(end + 1)...].fields
        guard let state = fields.next(), state.count == 1, let letter = state.first else { return nil }
        // Of proc_pid_stat(5)'s columns, the state is the 3rd and the threads are the 20th.
        var columns = fields.dropFirst(16).makeIterator()
        guard let threads = columns.next()?.double else { return nil }
        return (letter, threads)
    }

    private func emit(_ counts: [UInt8: Int], as metric: Metric<1>, into out: inout MetricWriter) {
        for (state, count) in counts.sorted(by: { $0.key < $1.key }) {
            out.emit(metric, Double(count), [.bytes([state])])
        }
    }
}
