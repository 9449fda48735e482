public import ExporterSDK
public import Exposition

/// What batteries, mains adapters and USB supplies report: charge, energy, voltage, temperature, state.
///
/// Reads `/sys/class/power_supply`; see <https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-power>.
public struct PowerSupplyClassCollector: Collector {
    public static let name: StaticString = "powersupplyclass"
    public static let help: StaticString =
        "Charge, energy, voltage, temperature and state of batteries and adapters, from /sys/class/power_supply."
    public static let flags: [any FlagDeclaration] = [ignoredSupplies]

    static let ignoredSupplies = Flag<Pattern?>(
        "collector.powersupply.ignored-supplies",
        default: try? Pattern("^$"),
        placeholder: "REGEX",
        help: "Power supplies to leave out."
    )

    let property = MetricTemplate(
        .gauge,
        "node_power_supply_",
        labels: ["power_supply"],
        help: { "\($0) value of /sys/class/power_supply/<power_supply>." }
    )
    let info = Metric(.gauge, "node_power_supply_info", "info of /sys/class/power_supply/<power_supply>.")

    private let sys: FileTree
    private let filter: NameFilter

    public init(_ host: Host, _ flags: FlagValues) {
        sys = host.sys
        filter = NameFilter(exclude: flags[Self.ignoredSupplies])
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        for supply in try sys.names(in: "class/power_supply") where filter.accepts(supply) {
            let folder = "class/power_supply/\(supply)"
            var labels: [(name: StaticString, value: LabelValue)] = [("power_supply", .init(supply))]
            // A supply has few of the files that there could be, so listing them saves opening what is not there.
            for file in sys.list(folder) {
                if let number = Self.numbers[file] {
                    // A battery that was taken out answers ENODEV, a property that the driver lacks ENODATA.
                    guard let value = sys.attribute("\(folder)/\(file)")?.int64 else { continue }
                    out.emit(property[number.field], Double(value) / number.divisor, [.init(supply)])
                } else if let name = Self.texts[file] {
                    guard let value = sys.attribute("\(folder)/\(file)"), !value.isEmpty else { continue }
                    labels.append((name, .init(value)))
                }
            }
            out.emit(info, 1, LabelSet(labels))
        }
    }

    private static let texts: [String: StaticString] = [
        "capacity_level": "capacity_level", "charge_type": "charge_type", "health": "health",
        "manufacturer": "manufacturer", "model_name": "model_name", "scope": "scope",
        "serial_number": "serial_number", "status": "status", "technology": "technology", "type": "type",
        "usb_type": "usb_type",
    ]

    /// For each file with a number the name of its metric, and what divides it into the metric's unit.
    private static let numbers: [String: (field: Bytes, divisor: Double)] = {
        let plain = [
            "authentic", "calibrate", "capacity", "capacity_alert_max", "capacity_alert_min", "online", "present",
        ]
        let micro = [
            "charge_control_limit", "charge_control_limit_max", "charge_counter", "charge_empty",
            "charge_empty_design", "charge_full", "charge_full_design", "charge_term_current",
            "constant_charge_current", "constant_charge_current_max", "constant_charge_voltage",
            "constant_charge_voltage_max", "current_boot", "current_max", "energy_empty", "energy_empty_design",
            "energy_full", "energy_full_design", "input_current_limit", "precharge_current", "voltage_boot",
            "voltage_max", "voltage_max_design", "voltage_min", "voltage_min_design", "voltage_ocv",
        ]
        let tenths = [
            "temp", "temp_alert_max", "temp_alert_min", "temp_ambient", "temp_ambient_max", "temp_ambient_min",
            "temp_max", "temp_min",
        ]
        var numbers: [String: (field: Bytes, divisor: Double)] = [
            "cycle_count": (Bytes("cyclecount"), 1),
            "time_to_empty_now": (Bytes("time_to_empty_seconds"), 1),
            "time_to_full_now": (Bytes("time_to_full_seconds"), 1),
            "charge_now": (Bytes("charge_ampere"), 1e6),
            "current_now": (Bytes("current_ampere"), 1e6),
            "energy_now": (Bytes("energy_watthour"), 1e6),
            "power_now": (Bytes("power_watt"), 1e6),
            "voltage_now": (Bytes("voltage_volt"), 1e6),
        ]
        for name in plain { numbers[name] = (Bytes(name), 1) }
        for name in micro { numbers[name] = (Bytes(name), 1e6) }
        for name in tenths { numbers[name] = (Bytes(name + "_celsius"), 10) }
        return numbers
    }()
}
