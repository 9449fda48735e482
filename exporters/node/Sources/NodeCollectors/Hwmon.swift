public import ExporterSDK
public import Exposition
import Synchronization

/// What the hardware monitors measure: temperatures, voltages, currents, power, energy, humidity, fans.
///
/// Reads `/sys/class/hwmon`; see <https://docs.kernel.org/hwmon/sysfs-interface.html>.
public final class HwmonCollector: Collector {
    public static let name: StaticString = "hwmon"
    public static let help: StaticString =
        "Temperatures, voltages, currents, power and fan speeds of hardware monitors, from /sys/class/hwmon."
    public static let flags: [any FlagDeclaration] = [chipInclude, chipExclude, sensorInclude, sensorExclude]

    static let chipInclude = Flag<Pattern?>(
        "collector.hwmon.chip-include",
        default: nil,
        placeholder: "REGEX",
        help: "Chips to include, by the value of the label chip."
    )
    static let chipExclude = Flag<Pattern?>(
        "collector.hwmon.chip-exclude",
        default: nil,
        placeholder: "REGEX",
        help: "Chips to leave out; can't be given together with chip-include."
    )
    static let sensorInclude = Flag<Pattern?>(
        "collector.hwmon.sensor-include",
        default: nil,
        placeholder: "REGEX",
        help: "Sensors to include, as chip;sensor: platform_coretemp_0;temp2."
    )
    static let sensorExclude = Flag<Pattern?>(
        "collector.hwmon.sensor-exclude",
        default: nil,
        placeholder: "REGEX",
        help: "Sensors to leave out, as chip;sensor; can't be given together with sensor-include."
    )

    let chipNames = Metric(
        .gauge,
        "node_hwmon_chip_names",
        "Annotation metric for human-readable chip names",
        labels: ["chip", "chip_name"]
    )
    let sensorLabel = Metric(
        .gauge,
        "node_hwmon_sensor_label",
        "Label for given chip and sensor",
        labels: ["chip", "sensor", "label"]
    )
    let beepEnabled = Metric(
        .gauge,
        "node_hwmon_beep_enabled",
        "Hardware beep enabled",
        labels: ["chip", "sensor"]
    )
    let regulatorVersion = Metric(
        .gauge,
        "node_hwmon_voltage_regulator_version",
        "Hardware voltage regulator",
        labels: ["chip", "sensor"]
    )
    let updateInterval = Metric(
        .gauge,
        "node_hwmon_update_interval_seconds",
        "Hardware monitor update interval",
        labels: ["chip", "sensor"]
    )
    let alarm = MetricTemplate(
        .gauge,
        "node_hwmon_",
        "_alarm",
        labels: ["chip", "sensor"],
        help: { "Hardware sensor alarm status (\($0))" }
    )
    let fault = MetricTemplate(
        .gauge,
        "node_hwmon_",
        "_fault",
        labels: ["chip", "sensor"],
        help: { "Hardware sensor fault status (\($0))" }
    )
    let beep = MetricTemplate(
        .gauge,
        "node_hwmon_",
        "_beep_enabled",
        labels: ["chip", "sensor"],
        help: { _ in "Hardware monitor sensor has beeping enabled" }
    )
    let volts = MetricTemplate(
        .gauge,
        "node_hwmon_",
        "_volts",
        labels: ["chip", "sensor"],
        help: { "Hardware monitor for voltage (\(split($0).element))" }
    )
    let celsius = MetricTemplate(
        .gauge,
        "node_hwmon_",
        "_celsius",
        labels: ["chip", "sensor"],
        help: { "Hardware monitor for temperature (\(split($0).element))" }
    )
    let amps = MetricTemplate(
        .gauge,
        "node_hwmon_",
        "_amps",
        labels: ["chip", "sensor"],
        help: { "Hardware monitor for current (\(split($0).element))" }
    )
    let joules = MetricTemplate(
        .counter,
        "node_hwmon_",
        "_joule_total",
        labels: ["chip", "sensor"],
        help: { "Hardware monitor for joules used so far (\(split($0).element))" }
    )
    let powerAccuracy = Metric(
        .gauge,
        "node_hwmon_power_accuracy",
        "Hardware monitor power meter accuracy, as a ratio",
        labels: ["chip", "sensor"]
    )
    let powerInterval = MetricTemplate(
        .gauge,
        "node_hwmon_",
        "_seconds",
        labels: ["chip", "sensor"],
        help: { "Hardware monitor power usage update interval (\(split($0).element))" }
    )
    let watts = MetricTemplate(
        .gauge,
        "node_hwmon_",
        "_watt",
        labels: ["chip", "sensor"],
        help: { "Hardware monitor for power usage in watts (\(split($0).element))" }
    )
    let humidity = MetricTemplate(
        .gauge,
        "node_hwmon_",
        labels: ["chip", "sensor"],
        help: {
            "Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) (\(split($0).element))"
        }
    )
    let rpm = MetricTemplate(
        .gauge,
        "node_hwmon_",
        "_rpm",
        labels: ["chip", "sensor"],
        help: { "Hardware monitor for fan revolutions per minute (\(split($0).element))" }
    )
    let megahertz = Metric(
        .gauge,
        "node_hwmon_freq_freq_mhz",
        "Hardware monitor for GPU frequency in MHz",
        labels: ["chip", "sensor"]
    )
    let other = MetricTemplate(
        .gauge,
        "node_hwmon_",
        labels: ["chip", "sensor"],
        help: { field in
            let (kind, element) = split(field)
            return "Hardware monitor \(kind) element \(kind == field ? "" : element)"
        }
    )

    private let sys: FileTree
    private let chips: NameFilter
    /// Nil where all sensors are wanted, so that no name need be made for it.
    private let sensors: NameFilter?
    private let plans = Mutex<[String: HwmonPlan]>([:])

    public init(_ host: Host, _ flags: FlagValues) throws(UsageError) {
        sys = host.sys
        chips = try NameFilter(include: Self.chipInclude, exclude: Self.chipExclude, flags)
        let isFiltered = flags[Self.sensorInclude] != nil || flags[Self.sensorExclude] != nil
        sensors = isFiltered ? try NameFilter(include: Self.sensorInclude, exclude: Self.sensorExclude, flags) : nil
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let folders = try sys.names(in: "class/hwmon")
        plans.withLock { plans in
            var current: [String: HwmonPlan] = [:]
            for folder in folders {
                let contents = HwmonContents(of: folder, in: sys)
                if let plan = plans[folder], plan.contents == contents {
                    current[folder] = plan
                } else {
                    current[folder] = HwmonPlan(contents, folder, self, sys)
                }
            }
            plans = current
            let names = HwmonPlan.uniqueNames(current)
            for folder in folders {
                guard let name = names[folder], chips.accepts(name), let plan = current[folder] else { continue }
                emit(plan, chip: name, into: &out)
            }
        }
    }

    private func emit(_ plan: HwmonPlan, chip: String, into out: inout MetricWriter) {
        if !plan.readableName.isEmpty { out.emit(chipNames, 1, [.init(chip), .init(plan.readableName)]) }
        for sensor in plan.sensors where sensors?.accepts("\(chip);\(sensor.name)") ?? true {
            if let label = sensor.label { out.emit(sensorLabel, 1, [.init(chip), .init(sensor.name), label]) }
            for reading in sensor.readings {
                guard let value = sys.attribute(reading.path)?.double else { continue }
                out.emit(reading.metric, value / reading.divisor, [.init(chip), reading.sensor])
            }
        }
    }
}
