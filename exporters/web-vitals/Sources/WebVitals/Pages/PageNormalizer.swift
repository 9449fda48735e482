import ExporterSDK

/// Makes the label of a page out of its path, where no rule of the configuration names it.
///
/// `/user/8842/orders` becomes `/user/:id/orders`. Titles (`/blog/how-we-did-it`) stay while there are few of them
/// below a path, and become `/blog/:slug` then.
struct PageNormalizer {
    /// Deeper paths end in `/*` here.
    static let segmentsMax = 6
    /// A label's length.
    static let bytesMax = 120

    private var slugs: SlugCounts

    init(slugsMax: Int) { slugs = SlugCounts(slugsMax: slugsMax) }

    /// The label of a path of a site.
    mutating func label(of path: Bytes, site: Int) -> String {
        let decoded = PercentCoding.decoded(path, plusIsBlank: false)
        var label: [UInt8] = []
        label.reserveCapacity(min(decoded.count, Self.bytesMax) + 8)
        var count = 0
        for segment in decoded.pieces(between: "/") {
            if segment.isEmpty || segment == "." || segment == ".." { continue }
            guard count < Self.segmentsMax, label.count + PageSegment.bytesMax <= Self.bytesMax else {
                label += "/*".utf8
                break
            }
            count += 1
            let parent = label[...]
            label.append(UInt8(ascii: "/"))
            switch PageSegment.kind(segment) {
            case .name: label += segment
            case .identifier: label += ":id".utf8
            case .slug:
                if slugs.isOneOfFew(segment, below: parent, site: site) {
                    label += segment
                } else {
                    label += ":slug".utf8
                }
            }
        }
        return label.isEmpty ? "/" : String(decoding: label, as: UTF8.self)
    }
}

/// How many titles were seen below each path, of a bounded number of paths.
private struct SlugCounts {
    /// Paths that are looked after; below others, titles are many from the beginning.
    private static let parentsMax = 512

    private let slugsMax: Int
    private var slugs: [UInt64: Set<UInt64>] = [:]

    init(slugsMax: Int) { self.slugsMax = slugsMax }

    /// Whether there are few titles below a path, this one among them. Once there are many, they stay many.
    mutating func isOneOfFew(_ slug: Bytes, below parent: Bytes, site: Int) -> Bool {
        let key = Identifier.hash(parent) ^ UInt64(truncatingIfNeeded: site)
        guard var known = slugs[key] else {
            guard slugs.count < Self.parentsMax, slugsMax > 0 else { return false }
            slugs[key] = [Identifier.hash(slug)]
            return true
        }
        guard known.count <= slugsMax else { return false }
        if known.insert(Identifier.hash(slug)).inserted { slugs[key] = known }
        return known.count <= slugsMax
    }
}
