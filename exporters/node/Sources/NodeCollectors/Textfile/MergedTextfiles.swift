import ExporterSDK
import Exposition

/// A family of a text file, its samples rendered.
struct TextfileFamily: Sendable {
    struct Sample: Sendable {
        var labels: LabelSet
        var value: MetricValue
        /// Stands for the labels: equal where a scraper would see the same series.
        var series: Int
    }

    var name: String
    /// Nil where there was none, or an empty one.
    var help: String?
    var type: MetricType
    var samples: [Sample]

    /// Renders a family. All its samples get all its label names: those that one does not have are empty, which means
    /// the same to a scraper.
    init(_ family: ParsedFamily) {
        name = family.name
        help = family.help.flatMap { $0.isEmpty ? nil : $0 }
        type = family.type
        let values = family.values
        var names: Set<String> = []
        for (labels, _) in values { for label in labels { names.insert(label.name) } }
        let sortedNames = names.sorted()
        samples = values.map { labels, value in
            let all = sortedNames.map { name in
                ParsedSample.Label(name, labels.first { $0.name == name }?.value ?? "")
            }
            return Sample(labels: LabelSet(all), value: value, series: Self.series(family.name, all))
        }
    }

    private static func series(_ name: String, _ labels: [ParsedSample.Label]) -> Int {
        var hasher = Hasher()
        hasher.combine(name)
        for label in labels where !label.value.isEmpty { hasher.combine(label) }
        return hasher.finalize()
    }
}

/// What several text files say together, and where they contradict each other: then the first one counts.
struct MergedTextfiles: Sendable {
    /// A family of one or several files.
    struct Family: Sendable {
        fileprivate(set) var family: MetricFamily
        fileprivate(set) var samples: [TextfileFamily.Sample] = []

        func write(into out: inout MetricWriter) {
            for sample in samples { out.emit(family, sample.labels, sample.value) }
        }
    }

    private struct Draft {
        var first: TextfileFamily
        var help: String?
        var paths: [[UInt8]] = []
        var samples: [TextfileFamily.Sample] = []
    }

    private(set) var families: [Family] = []
    /// The times at which the files that could be read were written, each with the label of its file.
    private(set) var modified: [(seconds: Double, labels: LabelSet)] = []
    private(set) var problems: [(path: [UInt8], text: String)] = []

    private var drafts: [Draft] = []
    private var indexByName: [String: Int] = [:]
    private var series: Set<Int> = []

    /// Merges files, in this order.
    init(_ files: [TextfileContent]) {
        for file in files {
            if let error = file.error {
                problems.append((file.path, error))
                continue
            }
            modified.append((file.modified, LabelSet([("file", .init(Bytes(file.path)))])))
            for family in file.families {
                if let text = add(family, of: file.path) { problems.append((file.path, text)) }
            }
        }
        families = drafts.map { draft in
            let paths = draft.paths.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
            let help = draft.help ?? "Metric read from \(paths)"
            return Family(
                family: MetricFamily(draft.first.type, name: draft.first.name, help: help),
                samples: draft.samples
            )
        }
        (drafts, indexByName, series) = ([], [:], [])
    }

    /// Adds a file's family; what is wrong with it, where something is.
    private mutating func add(_ family: TextfileFamily, of path: [UInt8]) -> String? {
        let name = family.name
        if let other = clash(family) { return "\(name) can't be told from samples of \(other): rename one of them" }
        let index: Int
        if let known = indexByName[name] {
            let draft = drafts[known]
            guard draft.first.type == family.type else {
                return "\(name) is \(family.type) here and \(draft.first.type) in another file"
            }
            if let help = family.help, let first = draft.help, help != first {
                return "the help text of \(name) is another one than in another file"
            }
            index = known
        } else {
            index = drafts.count
            indexByName[name] = index
            drafts.append(Draft(first: family))
        }
        drafts[index].help = drafts[index].help ?? family.help
        drafts[index].paths.append(path)
        var duplicates = 0
        for sample in family.samples {
            if series.insert(sample.series).inserted {
                drafts[index].samples.append(sample)
            } else {
                duplicates += 1
            }
        }
        return duplicates == 0 ? nil : "\(duplicates) samples of \(name) were there already, with the same labels"
    }

    /// A histogram's and a summary's samples have names of their own, which no other family may have.
    private func clash(_ family: TextfileFamily) -> String? {
        for suffix in Self.suffixes(family.type) where indexByName[family.name + suffix] != nil {
            return family.name + suffix
        }
        for suffix in Self.suffixes(.histogram) where family.name.hasSuffix(suffix) {
            let owner = String(family.name.dropLast(suffix.count))
            guard let index = indexByName[owner] else { continue }
            if Self.suffixes(drafts[index].first.type).contains(suffix) { return owner }
        }
        return nil
    }

    private static func suffixes(_ type: MetricType) -> [String] {
        switch type {
        case .histogram: ["_sum", "_count", "_bucket"]
        case .summary: ["_sum", "_count"]
        default: []
        }
    }
}
