public import ExporterSDK
public import Exposition

/// Which watchdogs there are, how long they wait before they reset the machine, and how long they still will.
///
/// Reads `/sys/class/watchdog`; see <https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-watchdog>.
public struct WatchdogCollector: Collector {
    public static let name: StaticString = "watchdog"
    public static let help: StaticString = "Time-outs, state and identity of watchdogs, from /sys/class/watchdog."

    let bootstatus = Metric(
        .gauge,
        "node_watchdog_bootstatus",
        "Value of /sys/class/watchdog/<watchdog>/bootstatus",
        labels: ["name"]
    )
    let firmware = Metric(
        .gauge,
        "node_watchdog_fw_version",
        "Value of /sys/class/watchdog/<watchdog>/fw_version",
        labels: ["name"]
    )
    let nowayout = Metric(
        .gauge,
        "node_watchdog_nowayout",
        "Value of /sys/class/watchdog/<watchdog>/nowayout",
        labels: ["name"]
    )
    let timeLeft = Metric(
        .gauge,
        "node_watchdog_timeleft_seconds",
        "Value of /sys/class/watchdog/<watchdog>/timeleft",
        labels: ["name"]
    )
    let timeout = Metric(
        .gauge,
        "node_watchdog_timeout_seconds",
        "Value of /sys/class/watchdog/<watchdog>/timeout",
        labels: ["name"]
    )
    let pretimeout = Metric(
        .gauge,
        "node_watchdog_pretimeout_seconds",
        "Value of /sys/class/watchdog/<watchdog>/pretimeout",
        labels: ["name"]
    )
    let accessCS0 = Metric(
        .gauge,
        "node_watchdog_access_cs0",
        "Value of /sys/class/watchdog/<watchdog>/access_cs0",
        labels: ["name"]
    )
    let info = Metric(
        .gauge,
        "node_watchdog_info",
        "Info of /sys/class/watchdog/<watchdog>",
        labels: ["name", "options", "identity", "state", "status", "pretimeout_governor"]
    )

    private let sys: FileTree

    public init(_ host: Host, _ flags: FlagValues) { sys = host.sys }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        for watchdog in try sys.names(in: "class/watchdog").numbered("watchdog") {
            let folder = "class/watchdog/\(watchdog.name)"
            let name = LabelValue(watchdog.name)
            func emit(_ metric: Metric<1>, _ file: String) {
                guard let value = sys.attribute("\(folder)/\(file)")?.int64 else { return }
                out.emit(metric, Double(value), [name])
            }
            func text(_ file: String) -> LabelValue { .init(sys.attribute("\(folder)/\(file)") ?? []) }
            emit(bootstatus, "bootstatus")
            emit(firmware, "fw_version")
            emit(nowayout, "nowayout")
            emit(timeLeft, "timeleft")
            emit(timeout, "timeout")
            emit(pretimeout, "pretimeout")
            emit(accessCS0, "access_cs0")
            out.emit(
                info,
                1,
                [name, text("options"), text("identity"), text("state"), text("status"), text("pretimeout_governor")]
            )
        }
    }
}
