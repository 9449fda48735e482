public import ExporterSDK
public import Exposition
import Synchronization

/// What each CPU spent its time on, and whether it is online, isolated, throttled by heat.
///
/// Reads `/proc/stat`, see proc_stat(5); `/sys/devices/system/cpu/`, see
/// <https://docs.kernel.org/admin-guide/cputopology.html>; and, where asked, `/proc/cpuinfo`.
public final class CpuCollector: Collector {
    public static let name: StaticString = "cpu"
    public static let help: StaticString =
        "Seconds each CPU spent in each mode, from /proc/stat; and which are online, isolated, throttled, from sysfs."

    static let guest = Flag(
        "collector.cpu.guest",
        default: true,
        help: "Expose node_cpu_guest_seconds_total: time given to guests, which the modes user and nice include."
    )
    static let info = Flag(
        "collector.cpu.info",
        default: false,
        help: "Expose node_cpu_info: model, microcode and place of each CPU, from /proc/cpuinfo."
    )
    static let flagsInclude = Flag<Pattern?>(
        "collector.cpu.info.flags-include",
        default: nil,
        placeholder: "REGEXP",
        help: "Features of the CPU (flags in /proc/cpuinfo) to expose; implies --collector.cpu.info."
    )
    static let bugsInclude = Flag<Pattern?>(
        "collector.cpu.info.bugs-include",
        default: nil,
        placeholder: "REGEXP",
        help: "Known bugs of the CPU (bugs in /proc/cpuinfo) to expose; implies --collector.cpu.info."
    )
    public static let flags: [any FlagDeclaration] = [guest, info, flagsInclude, bugsInclude]

    let seconds = Metric(
        .counter,
        "node_cpu_seconds_total",
        "Seconds the CPUs spent in each mode.",
        labels: ["cpu", "mode"]
    )
    let guestSeconds = Metric(
        .counter,
        "node_cpu_guest_seconds_total",
        "Seconds the CPUs spent in guests (VMs) for each mode.",
        labels: ["cpu", "mode"]
    )
    let online = Metric(.gauge, "node_cpu_online", "CPUs that are online and being scheduled.", labels: ["cpu"])
    let isolated = Metric(
        .gauge,
        "node_cpu_isolated",
        "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.",
        labels: ["cpu"]
    )
    let coreThrottles = Metric(
        .counter,
        "node_cpu_core_throttles_total",
        "Number of times this CPU core has been throttled.",
        labels: ["package", "core"]
    )
    let packageThrottles = Metric(
        .counter,
        "node_cpu_package_throttles_total",
        "Number of times this CPU package has been throttled.",
        labels: ["package"]
    )
    let cpuInfo = Metric(
        .gauge,
        "node_cpu_info",
        "CPU information from /proc/cpuinfo.",
        labels: [
            "package", "core", "cpu", "vendor", "family", "model", "model_name", "microcode", "stepping", "cachesize",
        ]
    )
    let frequency = Metric(
        .gauge,
        "node_cpu_frequency_hertz",
        "CPU frequency in hertz from /proc/cpuinfo.",
        labels: ["package", "core", "cpu"]
    )
    let flagInfo = Metric(
        .gauge,
        "node_cpu_flag_info",
        "The `flags` field of CPU information from /proc/cpuinfo taken from the first core.",
        labels: ["flag"]
    )
    let bugInfo = Metric(
        .gauge,
        "node_cpu_bug_info",
        "The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.",
        labels: ["bug"]
    )

    private let proc: FileTree
    private let sys: FileTree
    private let withGuest: Bool
    private let withInfo: Bool
    private let withFrequency: Bool
    private let wantedFlags: Pattern?
    private let wantedBugs: Pattern?
    private let state = Mutex(State())

    private struct State {
        var ticks: [CpuTicks] = []
        var topology: CpuTopology?
    }

    public init(_ host: Host, _ flags: FlagValues) {
        proc = host.proc
        sys = host.sys
        withGuest = flags[Self.guest]
        wantedFlags = flags[Self.flagsInclude]
        wantedBugs = flags[Self.bugsInclude]
        withInfo = flags[Self.info] || wantedFlags != nil || wantedBugs != nil
        // It goes with the other frequencies: who switches those off does not want this one.
        let withoutDefaults = flags[Flag("collector.disable-defaults", default: false, help: "")]
        withFrequency = flags[Flag("collector.cpufreq", default: !withoutDefaults, help: "")]
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let now = try CpuTicks.parse(proc.read("stat"))
        let cpuinfo = withInfo ? try CpuInfo.parse(proc.read("cpuinfo")) : []
        state.withLock { state in
            state.ticks = CpuTicks.never(now, behind: state.ticks)
            emitTimes(state.ticks, into: &out)
            emitTopology(&state.topology, into: &out)
        }
        emitInfo(cpuinfo, into: &out)
    }

    private func emitTimes(_ cpus: [CpuTicks], into out: inout MetricWriter) {
        for cpu in cpus {
            for mode in CpuTicks.modes.indices where mode < cpu.count {
                out.emit(seconds, cpu.seconds(mode), [cpu.label, CpuTicks.modes[mode]])
            }
        }
        guard withGuest else { return }
        for cpu in cpus where cpu.count == CpuTicks.columns {
            out.emit(guestSeconds, cpu.seconds(8), [cpu.label, "user"])
            out.emit(guestSeconds, cpu.seconds(9), [cpu.label, "nice"])
        }
    }

    private func emitTopology(_ known: inout CpuTopology?, into out: inout MetricWriter) {
        let current = CpuTopology.current(known, sys)
        known = current
        for throttle in current.coreThrottles {
            guard let count = sys.attribute(throttle.file)?.double else { continue }
            out.emit(coreThrottles, count, [throttle.package, throttle.core])
        }
        for throttle in current.packageThrottles {
            guard let count = sys.attribute(throttle.file)?.double else { continue }
            out.emit(packageThrottles, count, [throttle.package])
        }
        for cpu in current.onlineByCpu { out.emit(online, cpu.isOnline ? 1 : 0, [cpu.label]) }
        let list = sys.attribute("devices/system/cpu/isolated").map(CpuList.init) ?? CpuList([])
        for cpu in list.cpus { out.emit(isolated, 1, [LabelValue(cpu)]) }
    }

    private func emitInfo(_ cpus: [CpuInfo], into out: inout MetricWriter) {
        for cpu in cpus {
            out.emit(
                cpuInfo,
                1,
                [
                    cpu.package, cpu.core, cpu.number, cpu.vendor, cpu.family, cpu.model, cpu.modelName, cpu.microcode,
                    cpu.stepping, cpu.cacheSize,
                ]
            )
        }
        for cpu in cpus where withFrequency {
            if let megahertz = cpu.megahertz {
                out.emit(frequency, megahertz * 1e6, [cpu.package, cpu.core, cpu.number])
            }
        }
        guard let first = cpus.first else { return }
        if let wantedFlags {
            for flag in first.flags.fields where wantedFlags.matches(flag) { out.emit(flagInfo, 1, [.bytes(flag)]) }
        }
        if let wantedBugs {
            for bug in first.bugs.fields where wantedBugs.matches(bug) { out.emit(bugInfo, 1, [.bytes(bug)]) }
        }
    }
}
