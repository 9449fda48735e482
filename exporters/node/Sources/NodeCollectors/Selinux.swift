public import ExporterSDK
public import Exposition

/// Whether SELinux is on, and whether it enforces its policy: now, and after the next boot.
///
/// Reads `/sys/fs/selinux/enforce`, `/proc/self/attr/current` and `/etc/selinux/config`; see selinux(8) and
/// selinux_config(5).
public struct SelinuxCollector: Collector {
    public static let name: StaticString = "selinux"
    public static let help: StaticString =
        "Whether SELinux is enabled, its configured and its current mode, from /sys/fs/selinux."

    let enabled = Metric(.gauge, "node_selinux_enabled", "SELinux is enabled, 1 is true, 0 is false")
    let configMode = Metric(.gauge, "node_selinux_config_mode", "Configured SELinux enforcement mode")
    let currentMode = Metric(.gauge, "node_selinux_current_mode", "Current SELinux enforcement mode")

    private let host: Host

    public init(_ host: Host, _ flags: FlagValues) { self.host = host }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        // The folder is there where the kernel has SELinux; before a policy is loaded every process is "kernel".
        let label = try? host.proc.read("self/attr/current", keep: false).trimmed
        guard host.sys.contains("fs/selinux/enforce"), label.map({ $0 == "kernel" }) != true else {
            out.emit(enabled, 0)
            return
        }
        out.emit(enabled, 1)
        // Editors put a new file in the place of the old one, so it is not kept open.
        if let config = try host.root.readIfPresent("etc/selinux/config", keep: false),
            let mode = Self.configuredMode(config)
        {
            out.emit(configMode, mode)
        }
        if let mode = host.sys.attribute("fs/selinux/enforce")?.int64 { out.emit(currentMode, Double(mode)) }
    }

    /// What `SELINUX=` says: 1 for enforcing, 0 for permissive, -1 for disabled; nil where it says nothing known.
    static func configuredMode(_ bytes: Bytes) -> Double? {
        var mode: Double?
        for line in bytes.lines {
            let line = line.trimmed
            guard line.first != UInt8(ascii: "#"), line.first != UInt8(ascii: ";"),
                let (name, value) = line.cut(at: "="), name.trimmed == "SELINUX"
            else { continue }
            switch value.trimmed.text.lowercased() {
            case "enforcing": mode = 1
            case "permissive": mode = 0
            case "disabled": mode = -1
            default: break
            }
        }
        return mode
    }
}
