/// An observation that stands for many, with labels that lead to it, such as the id of a trace.
///
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars>
public struct Exemplar: Sendable, Hashable {
    /// What OpenMetrics lets the names and values of the labels have together, in Unicode code points.
    public static let labelCharactersMax = 128

    /// What leads to the observation.
    public let labels: LabelSet
    /// The observed value.
    public let value: Double
    /// When it was observed, in seconds since 1970; nil where that is not known.
    public let timestamp: Double?

    /// An exemplar; nil where its labels are longer than ``labelCharactersMax``, so that no scraper would take it.
    public init?(_ labels: [(name: StaticString, value: LabelValue)], value: Double, timestamp: Double? = nil) {
        let labels = LabelSet(labels)
        guard labels.characterCount <= Self.labelCharactersMax else { return nil }
        self.init(labels: labels, value: value, timestamp: timestamp)
    }

    package init(labels: LabelSet, value: Double, timestamp: Double?) {
        self.labels = labels
        self.value = value
        self.timestamp = timestamp
    }
}

extension Exemplar {
    /// Its labels as the scheme names them; nil where that makes them too long.
    func labels(by scheme: EscapingScheme) -> LabelSet? {
        guard !labels.withRendered({ $0.isWritten(by: scheme) }) else { return labels }
        let escaped = labels.escaped(by: scheme)
        return escaped.characterCount <= Self.labelCharactersMax ? escaped : nil
    }
}
