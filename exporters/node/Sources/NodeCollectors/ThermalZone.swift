public import ExporterSDK
public import Exposition

/// How warm the machine's thermal zones are, and how hard their cooling devices work.
///
/// Reads `/sys/class/thermal`; see <https://docs.kernel.org/driver-api/thermal/sysfs-api.html>.
public struct ThermalZoneCollector: Collector {
    public static let name: StaticString = "thermal_zone"
    public static let help: StaticString =
        "Temperatures of thermal zones and states of cooling devices, from /sys/class/thermal."

    let temperature = Metric(
        .gauge,
        "node_thermal_zone_temp",
        "Zone temperature in Celsius",
        labels: ["zone", "type"]
    )
    let currentState = Metric(
        .gauge,
        "node_cooling_device_cur_state",
        "Current throttle state of the cooling device",
        labels: ["name", "type"]
    )
    let maximumState = Metric(
        .gauge,
        "node_cooling_device_max_state",
        "Maximum throttle state of the cooling device",
        labels: ["name", "type"]
    )

    private let sys: FileTree

    public init(_ host: Host, _ flags: FlagValues) { sys = host.sys }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let names = try sys.names(in: "class/thermal")
        for zone in names.numbered("thermal_zone") {
            let folder = "class/thermal/\(zone.name)"
            // A zone that is disabled, or whose sensor sleeps, can't be read and has no temperature.
            guard let millidegrees = sys.attribute("\(folder)/temp")?.int64 else { continue }
            out.emit(temperature, Double(millidegrees) / 1000, [.init(zone.number), type(of: folder)])
        }
        for device in names.numbered("cooling_device") {
            let folder = "class/thermal/\(device.name)"
            let labels: [2 of LabelValue] = [.init(device.number), type(of: folder)]
            if let state = sys.attribute("\(folder)/cur_state")?.int64 { out.emit(currentState, Double(state), labels) }
            if let state = sys.attribute("\(folder)/max_state")?.int64 { out.emit(maximumState, Double(state), labels) }
        }
    }

    private func type(of folder: String) -> LabelValue { .init(sys.attribute("\(folder)/type") ?? []) }
}
