import Exposition
import Glibc

/// What the kernel says of this process, under the names of Prometheus' client libraries.
///
/// Reads `/proc/self/{stat,statm,fd}`; see proc_pid_stat(5). Left out is what can't be read.
struct ProcessMetrics: Sendable {
    private let cpu = Metric(
        .counter,
        "process_cpu_seconds_total",
        "Total user and system CPU time spent in seconds."
    )
    private let openFiles = Metric(.gauge, "process_open_fds", "Number of open file descriptors.")
    private let maxFiles = Metric(.gauge, "process_max_fds", "Maximum number of open file descriptors.")
    private let virtualMemory = Metric(.gauge, "process_virtual_memory_bytes", "Virtual memory size in bytes.")
    private let maxVirtualMemory = Metric(
        .gauge,
        "process_virtual_memory_max_bytes",
        "Maximum amount of virtual memory available in bytes."
    )
    private let residentMemory = Metric(.gauge, "process_resident_memory_bytes", "Resident memory size in bytes.")
    private let startTime = Metric(
        .gauge,
        "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds."
    )

    private let files = FileTree("/proc/self")
    private let startTimeSeconds: Double?

    init() { startTimeSeconds = Self.readStartTime() }

    func write(into out: inout MetricWriter) {
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let microseconds =
                (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000 + usage.ru_utime.tv_usec
                + usage.ru_stime.tv_usec
            out.emit(cpu, Double(microseconds) / 1e6)
        }
        out.emit(openFiles, Double(openFileCount))
        if let limit = Self.limit(RLIMIT_NOFILE) { out.emit(maxFiles, limit) }
        if var pages = try? files.read("statm").fields {
            let pageBytes = Double(getpagesize())
            if let size = pages.next()?.double { out.emit(virtualMemory, size * pageBytes) }
            if let resident = pages.next()?.double { out.emit(residentMemory, resident * pageBytes) }
        }
        if let limit = Self.limit(RLIMIT_AS) { out.emit(maxVirtualMemory, limit) }
        if let startTimeSeconds { out.emit(startTime, startTimeSeconds) }
    }

    /// Since Linux 6.2 the size of the folder is their number; before that it was 0, and they have to be listed.
    private var openFileCount: Int {
        var folder = stat()
        if stat("/proc/self/fd", &folder) == 0, folder.st_size > 0 { return Int(folder.st_size) }
        return files.list("fd").count
    }

    /// The soft limit; an unlimited one is 2^64 - 1, as the client libraries have it.
    private static func limit(_ resource: __rlimit_resource) -> Double? {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 ? Double(limit.rlim_cur) : nil
    }

    /// The boot time and the 22nd field of `/proc/self/stat`, in ticks since then.
    private static func readStartTime() -> Double? {
        let proc = FileTree("/proc")
        guard let stat = try? proc.read("self/stat", keep: false), let end = stat.lastIndex(of: UInt8(ascii: ")")),
            let kernel = try? proc.read("stat", keep: false),
            let boot = kernel.lines.lazy.compactMap({ $0.dropping(prefix: "btime ")?.trimmed.double }).first
        else { return nil }
        let afterName = Array(stat[(end + 1)...].fields)
        guard afterName.count > 19, let ticks = afterName[19].double else { return nil }
        return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
