/// Finds families whose names a scraper would take for those of another's samples, or the other way round.
///
/// A histogram `h` has samples `h_bucket`, so nothing else may be called that. OpenMetrics has such names for counters
/// too, and drops the end of some names, so that two families may come to be called the same.
struct NameClashes {
    private let parts: [JoinedExposition.Part]
    private let format: ExpositionFormat
    /// Whether there is a family whose samples have names of their own: without, there is nothing to look for.
    private let isNeeded: Bool

    /// Of families that are sorted by name, those of equal names by their writer.
    init(_ parts: [JoinedExposition.Part], _ format: ExpositionFormat) {
        self.parts = parts
        self.format = format
        isNeeded = parts.contains { part in
            switch part.type {
            case .histogram, .summary: true
            case .counter, .info: format == .openMetrics
            case .gauge, .stateSet, .untyped: false
            }
        }
    }

    /// Whether a family can't stand beside another, which an earlier writer has, or the same one with more samples.
    func isLeftOut(_ part: JoinedExposition.Part) -> Bool {
        guard isNeeded else { return false }
        let name = part.rendering.nameBytes
        if let owner = ownerOfSamples(named: name), owner.writer <= part.writer { return true }
        return suffixes(of: part.type).contains { suffix in
            find(name + suffix).map { $0.writer < part.writer } ?? false
        }
    }

    /// Whether a counter or an info keeps its full name in OpenMetrics, as what would be left of it is taken.
    func needsFullName(_ part: JoinedExposition.Part) -> Bool {
        guard format == .openMetrics, part.rendering.isShorterInOpenMetrics else { return false }
        let name = part.rendering.openMetricsName
        if find(name) != nil || ownerOfSamples(named: name) != nil { return true }
        let total = find(name + Self.total)
        if part.type == .info { return total?.type == .counter }
        if find(name + Self.created) != nil { return true }
        guard let stem = Self.stem(name, Self.created) else { return false }
        return find(stem + Self.total)?.type == .counter
    }

    /// The histogram or summary that has samples of this name.
    private func ownerOfSamples(named name: [UInt8]) -> JoinedExposition.Part? {
        for suffix in suffixes(of: .histogram) {
            guard let stem = Self.stem(name, suffix), let owner = find(stem) else { continue }
            if suffixes(of: owner.type).contains(suffix) { return owner }
        }
        return nil
    }

    private func suffixes(of type: MetricType) -> [[UInt8]] {
        let created = format == .openMetrics ? [Self.created] : []
        switch type {
        case .histogram: return [Self.bucket, Self.sum, Self.count] + created
        case .summary: return [Self.sum, Self.count] + created
        case .counter, .gauge, .info, .stateSet, .untyped: return []
        }
    }

    private static let bucket = Array("_bucket".utf8)
    private static let sum = Array("_sum".utf8)
    private static let count = Array("_count".utf8)
    private static let created = Array("_created".utf8)
    private static let total = Array("_total".utf8)

    private static func stem(_ name: [UInt8], _ suffix: [UInt8]) -> [UInt8]? {
        let count = name.count - suffix.count
        return count > 0 && name[count...].elementsEqual(suffix) ? Array(name[..<count]) : nil
    }

    /// The first writer's family of this name.
    private func find(_ name: [UInt8]) -> JoinedExposition.Part? {
        var low = 0
        var high = parts.count
        while low < high {
            let middle = (low + high) / 2
            if parts[middle].rendering.precedes(name) { low = middle + 1 } else { high = middle }
        }
        guard low < parts.count, parts[low].rendering.nameBytes == name else { return nil }
        return parts[low]
    }
}
