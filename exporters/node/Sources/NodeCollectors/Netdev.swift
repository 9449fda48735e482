public import ExporterSDK
public import Exposition
import Synchronization

/// What each network interface has received and sent, and what went wrong.
///
/// Asks the kernel by rtnetlink(7), or reads `/proc/net/dev`, see proc_pid_net(5), where the files are not this
/// kernel's own. What the counters mean: <https://docs.kernel.org/networking/statistics.html>.
public final class NetdevCollector: Collector {
    public static let name: StaticString = "netdev"
    public static let help: StaticString =
        "Bytes, packets, errors and drops of each network interface, by rtnetlink or from /proc/net/dev."
    public static let flags: [any FlagDeclaration] = [
        include, exclude, addressInfo, detailed, netlink, labelAlias,
    ]

    static let include = Flag<Pattern?>(
        "collector.netdev.device-include",
        formerly: ["collector.netdev.device-whitelist"],
        default: nil,
        placeholder: "REGEXP",
        help: "Regexp of net devices to include (mutually exclusive to device-exclude)."
    )
    static let exclude = Flag<Pattern?>(
        "collector.netdev.device-exclude",
        formerly: ["collector.netdev.device-blacklist"],
        default: nil,
        placeholder: "REGEXP",
        help: "Regexp of net devices to exclude (mutually exclusive to device-include)."
    )
    static let addressInfo = Flag(
        "collector.netdev.address-info",
        default: false,
        help: "Collect address-info for every device"
    )
    static let detailed = Flag(
        "collector.netdev.enable-detailed-metrics",
        default: false,
        help: "Use (incompatible) metric names that provide more detailed stats on Linux"
    )
    static let netlink = Flag(
        "collector.netdev.netlink",
        default: true,
        help: "Use netlink to gather stats instead of /proc/net/dev."
    )
    static let labelAlias = Flag("collector.netdev.label-ifalias", default: false, help: "Add ifAlias label")

    let receiveBytes = counter("node_network_receive_bytes_total", "Network device statistic receive_bytes.")
    let receivePackets = counter("node_network_receive_packets_total", "Network device statistic receive_packets.")
    let receiveErrs = counter("node_network_receive_errs_total", "Network device statistic receive_errs.")
    let receiveDrop = counter("node_network_receive_drop_total", "Network device statistic receive_drop.")
    let receiveFifo = counter("node_network_receive_fifo_total", "Network device statistic receive_fifo.")
    let receiveFrame = counter("node_network_receive_frame_total", "Network device statistic receive_frame.")
    let receiveCompressed = counter(
        "node_network_receive_compressed_total",
        "Network device statistic receive_compressed."
    )
    let receiveMulticast = counter(
        "node_network_receive_multicast_total",
        "Network device statistic receive_multicast."
    )
    let receiveNohandler = counter(
        "node_network_receive_nohandler_total",
        "Network device statistic receive_nohandler."
    )
    let transmitBytes = counter("node_network_transmit_bytes_total", "Network device statistic transmit_bytes.")
    let transmitPackets = counter("node_network_transmit_packets_total", "Network device statistic transmit_packets.")
    let transmitErrs = counter("node_network_transmit_errs_total", "Network device statistic transmit_errs.")
    let transmitDrop = counter("node_network_transmit_drop_total", "Network device statistic transmit_drop.")
    let transmitFifo = counter("node_network_transmit_fifo_total", "Network device statistic transmit_fifo.")
    let transmitColls = counter("node_network_transmit_colls_total", "Network device statistic transmit_colls.")
    let transmitCarrier = counter("node_network_transmit_carrier_total", "Network device statistic transmit_carrier.")
    let transmitCompressed = counter(
        "node_network_transmit_compressed_total",
        "Network device statistic transmit_compressed."
    )
    /// With `--collector.netdev.enable-detailed-metrics`.
    let detailedStatistic = MetricTemplate(.counter, "node_network_", "_total", labels: ["device"]) { field in
        "Network device statistic \(field)."
    }
    let addressMetric = Metric(
        .gauge,
        "node_network_address_info",
        "node network address by device",
        labels: ["device", "address", "netmask", "scope"]
    )

    private let proc: FileTree
    private let sys: FileTree
    private let rtnetlink: Rtnetlink?
    private let filter: NameFilter
    private let isDetailed: Bool
    private let hasAddressInfo: Bool
    private let hasAlias: Bool
    private let known = Mutex(DeviceLabels())

    public init(_ host: Host, _ flags: FlagValues) throws(UsageError) {
        proc = host.proc
        sys = host.sys
        rtnetlink = flags[Self.netlink] ? host.rtnetlink : nil
        filter = try NameFilter(include: Self.include, exclude: Self.exclude, flags)
        isDetailed = flags[Self.detailed]
        hasAddressInfo = flags[Self.addressInfo]
        hasAlias = flags[Self.labelAlias]
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        if let rtnetlink, let links = try? rtnetlink.links(context) {
            let devices = links.compactMap { link in
                link.statistics.map { Device(name: link.name, statistics: $0, alias: link.alias) }
            }
            write(devices, rows, into: &out)
            if hasAddressInfo { writeAddresses(rtnetlink, links, context, into: &out) }
        } else {
            let devices = try Self.parse(proc.read("net/dev")).map(withSysfs)
            write(devices, fileRows, into: &out)
        }
    }

    private func write(_ devices: [Device], _ rows: [Row], into out: inout MetricWriter) {
        let wanted = devices.filter { filter.accepts($0.name) }
        let labels = known.withLock { known in
            wanted.map { known.labels(of: $0.name, alias: hasAlias ? $0.alias : nil) }
        }
        for row in rows {
            for (device, labels) in zip(wanted, labels) {
                guard let value = device.statistics.sum(row.fields) else { continue }
                out.emit(row.family, labels, Double(value))
            }
        }
    }

    private func writeAddresses(
        _ rtnetlink: Rtnetlink,
        _ links: [Link],
        _ context: ScrapeContext,
        into out: inout MetricWriter
    ) {
        guard let addresses = try? rtnetlink.addresses(context) else { return }
        let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
        for address in addresses {
            guard let name = names[address.interface] else { continue }
            out.emit(
                addressMetric,
                1,
                [.init(name), .init(address.text), .init(address.prefixLength), .init(address.scope)]
            )
        }
    }

    // MARK: Files

    /// An interface and what it has counted.
    struct Device {
        var name: Bytes
        var statistics: LinkStatistics
        var alias: Bytes = []
    }

    /// Adds what `/proc/net/dev` does not tell.
    private func withSysfs(_ device: Device) -> Device {
        var device = device
        let folder = "class/net/\(device.name.text)"
        device.statistics[.receiveNoHandler] = sys.attribute(folder + "/statistics/rx_nohandler")?.uint64
        if hasAlias { device.alias = sys.attribute(folder + "/ifalias") ?? [] }
        return device
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [Device] {
        var devices: [Device] = []
        // After two lines of headings.
        for line in bytes.lines.dropFirst(2) {
            guard let colon = line.lastIndex(of: UInt8(ascii: ":")) else { continue }
            let name = line[..<colon].trimmed
            var statistics = LinkStatistics()
            var values = line[(colon + 1)...].fields
            let count = fileColumns.prefix { field in
                guard let value = values.next()?.uint64 else { return false }
                statistics[field] = value
                return true
            }.count
            guard !name.isEmpty, count == fileColumns.count else { continue }
            devices.append(Device(name: Bytes(Array(name)), statistics: statistics))
        }
        if devices.isEmpty { throw .failed("net/dev: no line with a device and \(fileColumns.count) counts") }
        return devices
    }

    /// The columns of `/proc/net/dev`. Some of them are sums already, as `rows` makes them.
    private static let fileColumns: [LinkStatistics.Field] = [
        .receiveBytes, .receivePackets, .receiveErrors, .receiveDropped, .receiveFIFOErrors, .receiveFrameErrors,
        .receiveCompressed, .multicast,
        .transmitBytes, .transmitPackets, .transmitErrors, .transmitDropped, .transmitFIFOErrors, .collisions,
        .transmitCarrierErrors, .transmitCompressed,
    ]

    // MARK: Names

    /// A metric and the counts of which it is the sum.
    struct Row {
        var family: MetricFamily
        var fields: [LinkStatistics.Field]

        init(_ metric: Metric<1>, _ fields: LinkStatistics.Field...) {
            family = metric.family
            self.fields = fields
        }
    }

    /// What the kernel answers by netlink: count by count, or folded as `/proc/net/dev` has always folded it.
    var rows: [Row] {
        isDetailed ? LinkStatistics.Field.allCases.map { Row(detailedStatistic[$0.name], $0) } : folded
    }

    /// What the file tells. With detailed names some of its columns are called otherwise, and it has no more of them.
    var fileRows: [Row] {
        let renamed: [LinkStatistics.Field] = [.receiveErrors, .receiveDropped, .transmitErrors, .transmitDropped]
        return folded.map { row in
            guard isDetailed, let first = row.fields.first, renamed.contains(first) else { return row }
            return Row(detailedStatistic[first.name], first)
        }
    }

    private var folded: [Row] {
        [
            Row(receiveBytes, .receiveBytes),
            Row(receivePackets, .receivePackets),
            Row(receiveErrs, .receiveErrors),
            Row(receiveDrop, .receiveDropped, .receiveMissedErrors),
            Row(receiveFifo, .receiveFIFOErrors),
            Row(receiveFrame, .receiveFrameErrors, .receiveLengthErrors, .receiveOverErrors, .receiveCRCErrors),
            Row(receiveCompressed, .receiveCompressed),
            Row(receiveMulticast, .multicast),
            Row(receiveNohandler, .receiveNoHandler),
            Row(transmitBytes, .transmitBytes),
            Row(transmitPackets, .transmitPackets),
            Row(transmitErrs, .transmitErrors),
            Row(transmitDrop, .transmitDropped),
            Row(transmitFifo, .transmitFIFOErrors),
            Row(transmitColls, .collisions),
            Row(
                transmitCarrier,
                .transmitCarrierErrors,
                .transmitAbortedErrors,
                .transmitHeartbeatErrors,
                .transmitWindowErrors
            ),
            Row(transmitCompressed, .transmitCompressed),
        ]
    }
}

private func counter(_ name: StaticString, _ help: StaticString) -> Metric<1> {
    Metric(.counter, name, help, labels: ["device"])
}
