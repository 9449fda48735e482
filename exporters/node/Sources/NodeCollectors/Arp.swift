public import ExporterSDK
public import Exposition

/// How many neighbours this host has resolved by ARP, and how sure it is of them.
///
/// Asks the kernel by rtnetlink(7), or reads `/proc/net/arp`, see arp(7), where the files are not this kernel's own;
/// the file does not tell the states.
public struct ArpCollector: Collector {
    public static let name: StaticString = "arp"
    public static let help: StaticString = "Entries of the ARP cache by network interface and state, by rtnetlink."
    public static let flags: [any FlagDeclaration] = [include, exclude, netlink]

    static let include = Flag<Pattern?>(
        "collector.arp.device-include",
        default: nil,
        placeholder: "REGEXP",
        help: "Regexp of arp devices to include (mutually exclusive to device-exclude)."
    )
    static let exclude = Flag<Pattern?>(
        "collector.arp.device-exclude",
        default: nil,
        placeholder: "REGEXP",
        help: "Regexp of arp devices to exclude (mutually exclusive to device-include)."
    )
    static let netlink = Flag(
        "collector.arp.netlink",
        default: true,
        help: "Use netlink to gather stats instead of /proc/net/arp."
    )

    let entries = Metric(.gauge, "node_arp_entries", "ARP entries by device", labels: ["device"])
    let states = Metric(.gauge, "node_arp_states", "ARP states by device", labels: ["device", "state"])

    private let proc: FileTree
    private let rtnetlink: Rtnetlink?
    private let filter: NameFilter

    public init(_ host: Host, _ flags: FlagValues) throws(UsageError) {
        proc = host.proc
        rtnetlink = flags[Self.netlink] ? host.rtnetlink : nil
        filter = try NameFilter(include: Self.include, exclude: Self.exclude, flags)
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let devices: [Bytes: Device]
        if let neighbours = neighbours(context) {
            devices = neighbours
        } else {
            devices = try Self.parse(proc.read("net/arp"))
        }
        for (name, device) in devices.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
        where filter.accepts(name) {
            out.emit(entries, Double(device.entries), [.init(name)])
            for (state, count) in device.states.sorted(by: { $0.key < $1.key }) {
                out.emit(states, Double(count), [.init(name), .init(state)])
            }
        }
    }

    /// The entries of a device, and how many of them are in each state.
    struct Device: Equatable {
        var entries = 0
        var states: [String: Int] = [:]
    }

    /// By netlink; nil where that is switched off or does not work.
    private func neighbours(_ context: ScrapeContext) -> [Bytes: Device]? {
        guard let rtnetlink, let neighbours = try? rtnetlink.neighbours(context),
            let links = try? rtnetlink.links(context)
        else { return nil }
        return Self.count(neighbours, links)
    }

    static func count(_ neighbours: [Neighbour], _ links: [Link]) -> [Bytes: Device] {
        let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
        var devices: [Bytes: Device] = [:]
        for neighbour in neighbours where neighbour.isListed {
            // An interface that came after the links were asked for has its entries in the next scrape.
            guard let name = names[neighbour.interface] else { continue }
            devices[name, default: Device()].entries += 1
            if let state = neighbour.stateName { devices[name, default: Device()].states[state, default: 0] += 1 }
        }
        return devices
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [Bytes: Device] {
        var lines = bytes.lines
        guard lines.next()?.starts(with: "IP address") == true else {
            throw .failed("net/arp: does not begin with its heading")
        }
        var devices: [Bytes: Device] = [:]
        for line in lines {
            let columns = Array(line.fields)
            guard columns.count == 6, let name = columns.last else { continue }
            devices[name, default: Device()].entries += 1
        }
        return devices
    }
}
