public import ExporterSDK
public import Exposition

/// How much energy the processor's packages, cores and memory have used (running average power limit).
///
/// Reads `/sys/class/powercap`; see <https://docs.kernel.org/power/powercap/powercap.html>. The counters are there for
/// root only, since they betray what the processor works on.
public struct RaplCollector: Collector {
    public static let name: StaticString = "rapl"
    public static let help: StaticString =
        "Energy used by processor packages, cores and memory, from /sys/class/powercap; needs root."
    public static let flags: [any FlagDeclaration] = [enableZoneLabel]

    static let enableZoneLabel = Flag(
        "collector.rapl.enable-zone-label",
        default: false,
        help: "One metric with the zone as a label, instead of a metric for each zone."
    )

    let zoneJoules = MetricTemplate(
        .counter,
        "node_rapl_",
        "_joules_total",
        labels: ["index", "path"],
        help: { "Current RAPL \($0) value in joules" }
    )
    let joules = Metric(
        .counter,
        "node_rapl_joules_total",
        "Current RAPL value in joules",
        labels: ["index", "path", "rapl_zone"]
    )

    private let sys: FileTree
    private let hasZoneLabel: Bool

    public init(_ host: Host, _ flags: FlagValues) {
        sys = host.sys
        hasZoneLabel = flags[Self.enableZoneLabel]
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        var count = 0
        var used: [Bytes: Int] = [:]
        for folder in try sys.names(in: "class/powercap") {
            let path = "class/powercap/\(folder)"
            guard let name = sys.attribute("\(path)/name"), !name.isEmpty else { continue }
            let zone = Self.zone(name, &used)
            guard let microjoules = sys.attribute("\(path)/energy_uj")?.uint64 else { continue }
            count += 1
            let value = Double(microjoules) / 1_000_000
            let labels: [2 of LabelValue] = [.init(zone.index), .init(sys.path(path))]
            if hasZoneLabel {
                out.emit(joules, value, [labels[0], labels[1], .init(zone.name)])
            } else {
                out.emit(zoneJoules[zone.name], value, labels)
            }
        }
        if count == 0 { throw .absent("\(sys.path("class/powercap")): no zone whose energy_uj may be read") }
    }

    /// A zone's name and the number that tells it from others of that name: the one it bears (`package-1`), else how
    /// many of the name came before.
    static func zone(_ text: Bytes, _ used: inout [Bytes: Int]) -> (name: Bytes, index: Int) {
        var (name, index) = (text, used[text] ?? 0)
        if let (before, after) = text.cut(at: "-"), !before.isEmpty, let number = after.int, number >= 0 {
            (name, index) = (before, number)
        }
        used[name] = index &+ 1
        return (name, index)
    }
}
