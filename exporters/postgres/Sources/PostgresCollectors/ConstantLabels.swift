import ExporterSDK
import Exposition

/// The labels of `--constantLabels`, which all metrics of the server get: `NAME=VALUE,NAME=VALUE`.
struct ConstantLabels: Sendable {
    let labels: [(name: String, value: String)]

    /// Throws where that is no list of labels.
    init(_ text: String) throws(UsageError) {
        var labels: [(name: String, value: String)] = []
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Bytes(String(pair[0])).trimmed.text
            guard pair.count == 2, Self.isName(name) else {
                throw UsageError("--constantLabels: \"\(part)\" is no NAME=VALUE")
            }
            guard !labels.contains(where: { $0.name == name }) else {
                throw UsageError("--constantLabels: \(name) is there twice")
            }
            labels.append((name, Bytes(String(pair[1])).trimmed.text))
        }
        self.labels = labels
    }

    /// Throws where metrics have a label of such a name already: no sample can have two.
    func check(against names: some Sequence<String>) throws(UsageError) {
        for name in names where labels.contains(where: { $0.name == name }) {
            throw UsageError("--constantLabels: there are metrics that have a label \(name) already")
        }
    }

    /// As they stand in a sample.
    var rendered: LabelSet {
        var bytes: [UInt8] = []
        for (name, value) in labels { LabelSet.append(name, .text(value), to: &bytes) }
        return LabelSet(rendered: bytes, hasPlainNames: true)
    }

    /// Whether Prometheus takes it for a label of somebody's own; `le` and `quantile` are those of buckets and summaries.
    private static func isName(_ name: String) -> Bool {
        !name.hasPrefix("__") && name != "le" && name != "quantile" && EscapingScheme.isPlain(label: name)
    }
}
