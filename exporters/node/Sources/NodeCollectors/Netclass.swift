public import ExporterSDK
public import Exposition
import Synchronization

/// The state and the properties of each network interface.
///
/// Asks the kernel by rtnetlink(7), and reads from `/sys/class/net/*` what that does not tell; all of it from there
/// where the files are not this kernel's own. See
/// <https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-net>.
public final class NetclassCollector: Collector {
    public static let name: StaticString = "netclass"
    public static let help: StaticString =
        "State, speed, addresses, MTU and flags of each network interface, by rtnetlink or from /sys/class/net."
    public static let flags: [any FlagDeclaration] = [ignored, ignoreInvalidSpeed, netlink, withStatistics]

    static let ignored = Flag<Pattern?>(
        "collector.netclass.ignored-devices",
        default: try? Pattern("^$"),
        placeholder: "REGEXP",
        help: "Regexp of net devices to ignore for netclass collector."
    )
    static let ignoreInvalidSpeed = Flag(
        "collector.netclass.ignore-invalid-speed",
        default: false,
        help: "Ignore devices where the speed is invalid."
    )
    static let netlink = Flag(
        "collector.netclass.netlink",
        default: true,
        help: "Use netlink instead of reading each file of /sys/class/net; given explicitly, also gather altnames."
    )
    static let withStatistics = Flag(
        "collector.netclass_rtnl.with-stats",
        default: false,
        help: "Expose the statistics for each network device, replacing netdev collector."
    )

    let up = Metric(.gauge, "node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.", labels: ["device"])
    let info = Metric(
        .gauge,
        "node_network_info",
        "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
        labels: ["device", "address", "broadcast", "duplex", "operstate", "adminstate", "ifalias"]
    )
    let alternativeNames = Metric(
        .gauge,
        "node_network_altnames_info",
        "Non-numeric data of <iface> altname, value is always 1.",
        labels: ["altname", "device"]
    )
    let addressAssignType = gauge("node_network_address_assign_type", "Network device property: address_assign_type")
    let carrier = gauge("node_network_carrier", "Network device property: carrier")
    let deviceID = gauge("node_network_device_id", "Network device property: device_id")
    let dormant = gauge("node_network_dormant", "Network device property: dormant")
    let deviceFlags = gauge("node_network_flags", "Network device property: flags")
    let interfaceID = gauge("node_network_iface_id", "Network device property: iface_id")
    let interfaceLink = gauge("node_network_iface_link", "Network device property: iface_link")
    let interfaceLinkMode = gauge("node_network_iface_link_mode", "Network device property: iface_link_mode")
    let mtuBytes = gauge("node_network_mtu_bytes", "Network device property: mtu_bytes")
    let nameAssignType = gauge("node_network_name_assign_type", "Network device property: name_assign_type")
    let deviceGroup = gauge("node_network_net_dev_group", "Network device property: net_dev_group")
    let protocolType = gauge("node_network_protocol_type", "Network device property: protocol_type")
    let transmitQueueLength = gauge(
        "node_network_transmit_queue_length",
        "Network device property: transmit_queue_length"
    )
    let speedBytes = gauge("node_network_speed_bytes", "Network device property: speed_bytes")
    let carrierChanges = counter("node_network_carrier_changes_total", "Network device property: carrier_changes_total")
    let carrierDownChanges = counter(
        "node_network_carrier_down_changes_total",
        "Network device property: carrier_down_changes_total"
    )
    let carrierUpChanges = counter(
        "node_network_carrier_up_changes_total",
        "Network device property: carrier_up_changes_total"
    )
    /// With `--collector.netclass_rtnl.with-stats`.
    let statistic = MetricTemplate(.counter, "node_network_", "_total", labels: ["device"]) { field in
        "Network device property: \(field)_total"
    }

    private let sys: FileTree
    private let rtnetlink: Rtnetlink?
    private let filter: NameFilter
    private let ignoresInvalidSpeed: Bool
    private let hasAlternativeNames: Bool
    private let hasStatistics: Bool
    private let known = Mutex(Known())

    /// What is kept between scrapes.
    private struct Known {
        var labels = DeviceLabels()
        var info: [Bytes: (NetworkInterface.Names, LabelSet)] = [:]
        var attributes = InterfaceAttributes()
        var isSameNetwork = false

        /// The labels of each interface, and those of its `node_network_info`, rendered anew only where they differ.
        mutating func render(_ interfaces: [NetworkInterface]) -> (device: [LabelSet], info: [LabelSet]) {
            if info.count > interfaces.count * 2 { info.removeAll(keepingCapacity: true) }
            return (
                interfaces.map { labels.labels(of: $0.names.device) },
                interfaces.map { interface in
                    let names = interface.names
                    if let (last, labels) = info[names.device], last == names { return labels }
                    let labels = LabelSet(names.labels)
                    info[names.device] = (names, labels)
                    return labels
                }
            )
        }
    }

    public init(_ host: Host, _ flags: FlagValues) {
        sys = host.sys
        rtnetlink = flags[Self.netlink] ? host.rtnetlink : nil
        filter = NameFilter(exclude: flags[Self.ignored])
        ignoresInvalidSpeed = flags[Self.ignoreInvalidSpeed]
        hasAlternativeNames = flags.isGiven(Self.netlink)
        hasStatistics = flags[Self.withStatistics]
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        if let rtnetlink, let links = try? rtnetlink.links(context), showsSameNetwork(links) {
            let wanted = links.filter { filter.accepts($0.name) }
            let interfaces = known.withLock { known in known.attributes.interfaces(wanted, sys) }
            write(interfaces, into: &out)
            if hasAlternativeNames { writeAlternativeNames(wanted, into: &out) }
            if hasStatistics { writeStatistics(wanted, into: &out) }
        } else {
            guard sys.contains("class/net") else { throw .absent("\(sys.path("class/net")): no such folder") }
            write(interfacesFromFiles(), into: &out)
        }
    }

    /// The interfaces are folders; among them lies a file, `bonding_masters`.
    private func interfacesFromFiles() -> [NetworkInterface] {
        sys.list("class/net")
            .filter { filter.accepts($0) && sys.contains("class/net/\($0)/.") }
            .map { NetworkInterface(name: Bytes($0), sys) }
    }

    // MARK: Writing

    /// Whether sysfs shows the interfaces that the kernel names here: the one of a container's host shows the host's.
    ///
    /// Asked until it does, as neither of the two networks can change then.
    private func showsSameNetwork(_ links: [Link]) -> Bool {
        if known.withLock({ $0.isSameNetwork }) { return true }
        let isSame =
            sys.list("class/net").count { $0 != "bonding_masters" } == links.count
            && links.allSatisfy { link in
                let folder = "class/net/\(link.name.text)"
                guard let index = sys.attribute("\(folder)/ifindex", keep: false)?.int,
                    let address = sys.attribute("\(folder)/address", keep: false)
                else { return false }
                return index == Int(link.index) && address == NetworkInterface.colonHex(link.address)
            }
        known.withLock { $0.isSameNetwork = isSame }
        return isSame
    }

    private func write(_ interfaces: [NetworkInterface], into out: inout MetricWriter) {
        let (labels, infoLabels) = known.withLock { known in known.render(interfaces) }
        for labels in infoLabels { out.emit(info.family, labels, 1) }
        for (interface, labels) in zip(interfaces, labels) {
            out.emit(up.family, labels, interface.names.operationalState == "up" ? 1 : 0)
        }
        for (metric, value) in properties {
            for (interface, labels) in zip(interfaces, labels) {
                if let value = value(interface) { out.emit(metric.family, labels, Double(value)) }
            }
        }
        for (interface, labels) in zip(interfaces, labels) {
            // Megabits, or -1 where the driver does not know.
            guard let megabits = interface.speed, megabits >= 0 || !ignoresInvalidSpeed else { continue }
            out.emit(speedBytes.family, labels, Double(megabits) * 125_000)
        }
    }

    private func writeAlternativeNames(_ links: [Link], into out: inout MetricWriter) {
        for link in links {
            for name in link.alternativeNames { out.emit(alternativeNames, 1, [.init(name), .init(link.name)]) }
        }
    }

    private func writeStatistics(_ links: [Link], into out: inout MetricWriter) {
        for field in LinkStatistics.Field.allCases {
            let metric = statistic[field.name]
            for link in links {
                guard let value = link.statistics?[field] else { continue }
                out.emit(metric, Double(value), [.init(link.name)])
            }
        }
    }

    private var properties: [(metric: Metric<1>, value: (NetworkInterface) -> Int64?)] {
        [
            (addressAssignType, \.addressAssignType),
            (carrier, \.carrier),
            (deviceID, \.deviceID),
            (dormant, \.dormant),
            (deviceFlags, \.flags),
            (interfaceID, \.index),
            (interfaceLink, \.parent),
            (interfaceLinkMode, \.linkMode),
            (mtuBytes, \.mtu),
            (nameAssignType, \.nameAssignType),
            (deviceGroup, \.group),
            (protocolType, \.hardwareType),
            (transmitQueueLength, \.transmitQueueLength),
            (carrierChanges, \.carrierChanges),
            (carrierDownChanges, \.carrierDowns),
            (carrierUpChanges, \.carrierUps),
        ]
    }
}

private func gauge(_ name: StaticString, _ help: StaticString) -> Metric<1> {
    Metric(.gauge, name, help, labels: ["device"])
}

private func counter(_ name: StaticString, _ help: StaticString) -> Metric<1> {
    Metric(.counter, name, help, labels: ["device"])
}
