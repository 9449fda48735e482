public import ExporterSDK
public import Exposition
import Glibc

/// What time the host has, in which zone, from which clock.
///
/// Asks the kernel, see clock_gettime(2), and reads `/sys/devices/system/clocksource/`, see
/// <https://docs.kernel.org/timers/timekeeping.html>.
public struct TimeCollector: Collector {
    public static let name: StaticString = "time"
    public static let help: StaticString = "The host's time, its zone, and the clock that the kernel tells it from."

    let seconds = Metric(.gauge, "node_time_seconds", "System time in seconds since epoch (1970).")
    let zoneOffset = Metric(
        .gauge,
        "node_time_zone_offset_seconds",
        "System time zone offset in seconds.",
        labels: ["time_zone"]
    )
    let available = Metric(
        .gauge,
        "node_time_clocksource_available_info",
        "Available clocksources read from '/sys/devices/system/clocksource'.",
        labels: ["device", "clocksource"]
    )
    let current = Metric(
        .gauge,
        "node_time_clocksource_current_info",
        "Current clocksource read from '/sys/devices/system/clocksource'.",
        labels: ["device", "clocksource"]
    )
    let sys: FileTree
    /// The kernel makes them when it starts; there is one.
    let devices: [(label: LabelValue, path: String)]

    private static let folder = "devices/system/clocksource"

    public init(_ host: Host, _ flags: FlagValues) {
        sys = host.sys
        devices = sys.list(Self.folder).compactMap { name in
            guard let number = Bytes(name).dropping(prefix: "clocksource")?.uint64 else { return nil }
            return (LabelValue(number), "\(Self.folder)/\(name)")
        }
        // localtime_r(3) need not do it.
        tzset()
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        var now = timespec()
        guard clock_gettime(CLOCK_REALTIME, &now) == 0 else { throw .failed("clock: \(SystemError(code: errno))") }
        out.emit(seconds, Double(now.tv_sec) + Double(now.tv_nsec) / 1e9)
        var local = tm()
        if localtime_r(&now.tv_sec, &local) != nil, let zone = local.tm_zone {
            out.emit(zoneOffset, Double(local.tm_gmtoff), [.text(String(cString: zone))])
        }
        for device in devices {
            if let names = sys.attribute("\(device.path)/available_clocksource") {
                for name in names.fields { out.emit(available, 1, [device.label, .bytes(name)]) }
            }
            if let name = sys.attribute("\(device.path)/current_clocksource") {
                out.emit(current, 1, [device.label, .bytes(name)])
            }
        }
    }
}
