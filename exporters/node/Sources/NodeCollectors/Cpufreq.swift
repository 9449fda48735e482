public import ExporterSDK
public import Exposition

/// How fast each CPU runs, how fast it may run, and which governor decides it.
///
/// Reads `/sys/devices/system/cpu/cpu*/cpufreq`; see <https://docs.kernel.org/admin-guide/pm/cpufreq.html>.
public struct CpufreqCollector: Collector {
    public static let name: StaticString = "cpufreq"
    public static let help: StaticString =
        "Frequencies and governors of the CPUs, from /sys/devices/system/cpu/cpu*/cpufreq."

    let current = Metric(
        .gauge,
        "node_cpu_frequency_hertz",
        "Current CPU thread frequency in hertz.",
        labels: ["cpu"]
    )
    let average = Metric(
        .gauge,
        "node_cpu_frequency_avg_hertz",
        "Average CPU thread frequency in hertz.",
        labels: ["cpu"]
    )
    let minimum = Metric(
        .gauge,
        "node_cpu_frequency_min_hertz",
        "Minimum CPU thread frequency in hertz.",
        labels: ["cpu"]
    )
    let maximum = Metric(
        .gauge,
        "node_cpu_frequency_max_hertz",
        "Maximum CPU thread frequency in hertz.",
        labels: ["cpu"]
    )
    let scaling = Metric(
        .gauge,
        "node_cpu_scaling_frequency_hertz",
        "Current scaled CPU thread frequency in hertz.",
        labels: ["cpu"]
    )
    let scalingMinimum = Metric(
        .gauge,
        "node_cpu_scaling_frequency_min_hertz",
        "Minimum scaled CPU thread frequency in hertz.",
        labels: ["cpu"]
    )
    let scalingMaximum = Metric(
        .gauge,
        "node_cpu_scaling_frequency_max_hertz",
        "Maximum scaled CPU thread frequency in hertz.",
        labels: ["cpu"]
    )
    let governor = Metric(
        .gauge,
        "node_cpu_scaling_governor",
        "Current enabled CPU frequency governor.",
        labels: ["cpu", "governor"]
    )

    private let sys: FileTree
    private let emitsCurrent: Bool

    public init(_ host: Host, _ flags: FlagValues) {
        sys = host.sys
        // The cpu collector then writes node_cpu_frequency_hertz, from /proc/cpuinfo and with other labels.
        let cpu = Flag("collector.cpu", default: true, help: "")
        let cpuInfo = Flag("collector.cpu.info", default: false, help: "")
        emitsCurrent = !(flags[cpu] && flags[cpuInfo])
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        var isAbsent = true
        for cpu in try sys.names(in: "devices/system/cpu").numbered("cpu") {
            let folder = "devices/system/cpu/\(cpu.name)/cpufreq"
            // One look at the folder instead of ten at files: virtual machines have none.
            guard sys.contains(folder) else { continue }
            isAbsent = false
            emitFrequencies(of: cpu.number, folder, into: &out)
            emitGovernors(of: cpu.number, folder, into: &out)
        }
        if isAbsent { throw .absent("\(sys.path("devices/system/cpu")): no CPU has a cpufreq folder") }
    }

    private func emitFrequencies(of cpu: String, _ folder: String, into out: inout MetricWriter) {
        func emit(_ metric: Metric<1>, _ file: String) {
            guard let kilohertz = sys.attribute("\(folder)/\(file)")?.uint64 else { return }
            out.emit(metric, Double(kilohertz) * 1000, [.init(cpu)])
        }
        if emitsCurrent { emit(current, "cpuinfo_cur_freq") }
        emit(average, "cpuinfo_avg_freq")
        emit(minimum, "cpuinfo_min_freq")
        emit(maximum, "cpuinfo_max_freq")
        emit(scaling, "scaling_cur_freq")
        emit(scalingMinimum, "scaling_min_freq")
        emit(scalingMaximum, "scaling_max_freq")
    }

    private func emitGovernors(of cpu: String, _ folder: String, into out: inout MetricWriter) {
        guard let current = sys.attribute("\(folder)/scaling_governor"), !current.isEmpty else { return }
        out.emit(governor, 1, [.init(cpu), .init(current)])
        guard let available = sys.attribute("\(folder)/scaling_available_governors") else { return }
        for name in available.fields where name != current { out.emit(governor, 0, [.init(cpu), .init(name)]) }
    }
}
