import ExporterSDK
import Exposition

/// The rendered label `device="..."` of each network interface, kept between scrapes.
struct DeviceLabels {
    private struct Key: Hashable {
        var device: Bytes
        var alias: Bytes?
    }

    /// With so many, of which most must have gone, forgetting all is cheaper than looking which.
    private static let knownMax = 8192

    private var known: [Key: LabelSet] = [:]

    /// The labels of an interface; with `ifalias` too where an alias is given, an empty one included.
    mutating func labels(of device: Bytes, alias: Bytes? = nil) -> LabelSet {
        let key = Key(device: device, alias: alias)
        if let labels = known[key] { return labels }
        if known.count >= Self.knownMax { known.removeAll(keepingCapacity: true) }
        var labels: [(StaticString, LabelValue)] = [("device", .init(device))]
        if let alias { labels.append(("ifalias", .init(alias))) }
        let rendered = LabelSet(labels)
        known[key] = rendered
        return rendered
    }
}
