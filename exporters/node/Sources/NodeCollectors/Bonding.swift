public import ExporterSDK
public import Exposition

/// How many interfaces each bonding interface has, and how many of them are up.
///
/// Reads `/sys/class/net/bonding_masters` and the folders of the interfaces it names; see
/// <https://docs.kernel.org/networking/bonding.html>.
public struct BondingCollector: Collector {
    public static let name: StaticString = "bonding"
    public static let help: StaticString =
        "Configured and active interfaces of each bonding interface, from /sys/class/net."

    let slaves = Metric(
        .gauge,
        "node_bonding_slaves",
        "Number of configured slaves per bonding interface.",
        labels: ["master"]
    )
    let active = Metric(
        .gauge,
        "node_bonding_active",
        "Number of active slaves per bonding interface.",
        labels: ["master"]
    )

    private let sys: FileTree

    public init(_ host: Host, _ flags: FlagValues) { sys = host.sys }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        for master in try sys.read("class/net/bonding_masters").trimmed.fields {
            guard let names = sys.attribute("class/net/\(master.text)/bonding/slaves") else { continue }
            let states = names.fields.map { isUp($0.text, master: master.text) }
            out.emit(slaves, Double(states.count), [.init(master)])
            // Where one state is unknown the number of active ones is too; a lower one would look like a broken link.
            let known = states.compactMap(\.self)
            guard known.count == states.count else { continue }
            out.emit(active, Double(known.count(where: \.self)), [.init(master)])
        }
    }

    /// Whether the interface's link is up; nil where the kernel does not say.
    private func isUp(_ slave: String, master: String) -> Bool? {
        // The link was called slave_ before Linux 3.13.
        let state =
            sys.attribute("class/net/\(master)/lower_\(slave)/bonding_slave/mii_status")
            ?? sys.attribute("class/net/\(master)/slave_\(slave)/bonding_slave/mii_status")
        return state.map { $0 == "up" }
    }
}
