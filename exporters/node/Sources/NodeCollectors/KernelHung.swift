public import ExporterSDK
public import Exposition

/// How many tasks hung: waited for minutes without being interruptible, as they do for a dead disk or file server.
///
/// Reads `/proc/sys/kernel/hung_task_detect_count`, there since Linux 6.13; see
/// <https://docs.kernel.org/admin-guide/sysctl/kernel.html#hung-task-detect-count>.
public struct KernelHungCollector: Collector {
    public static let name: StaticString = "kernel_hung"
    public static let help: StaticString =
        "Tasks that hung in the kernel, from /proc/sys/kernel/hung_task_detect_count."

    let tasks = Metric(
        .counter,
        "node_kernel_hung_tasks_total",
        "Total number of tasks that have been detected as hung since the system booted."
    )
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let file = "sys/kernel/hung_task_detect_count"
        guard let count = try proc.read(file).trimmed.double else { throw .failed("\(file): no number") }
        out.emit(tasks, count)
    }
}
