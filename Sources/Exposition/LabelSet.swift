/// Labels rendered once, for series that come back at each scrape and for label names that differ by sample.
///
/// A label name may stand in it once; a second one of the same name is left out. Values are cut as
/// ``MetricWriter/Limits/labelValueBytes`` says where it is not set.
public struct LabelSet: Sendable, Hashable {
    /// `a="1",b="2"`, escaped.
    let bytes: [UInt8]
    /// How many values held bytes that are not UTF-8.
    let replacedValues: Int

    /// The labels of these names and values.
    public init(_ labels: [(name: StaticString, value: LabelValue)]) {
        self.init(named: labels.map { ("\($0.name)", $0.value) })
    }

    /// Labels whose names come from a parsed exposition, which has checked them.
    public init(_ labels: [ParsedSample.Label]) {
        self.init(named: labels.map { ($0.name, .text($0.value)) })
    }

    private init(named labels: [(name: String, value: LabelValue)]) {
        var bytes: [UInt8] = []
        var replaced = 0
        var names: Set<String> = []
        let limit = MetricWriter.Limits().labelValueBytes
        for label in labels where names.insert(label.name).inserted {
            if !bytes.isEmpty { bytes.append(Byte.comma) }
            bytes.append(contentsOf: label.name.utf8)
            bytes.append("=\"")
            replaced += bytes.appendEscaped(label.value, limit: limit)
            bytes.append(Byte.quote)
        }
        self.bytes = bytes
        replacedValues = replaced
    }
}
