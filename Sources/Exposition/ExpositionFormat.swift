/// A way to write an exposition.
///
/// Text and protobuf: <https://prometheus.io/docs/instrumenting/exposition_formats/>,
/// OpenMetrics: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
public enum ExpositionFormat: Sendable, Hashable, CaseIterable {
    /// Prometheus text format 0.0.4.
    case text
    /// Prometheus text format 1.0.0: the same, and names of any UTF-8 in quotes.
    case utf8Text
    /// OpenMetrics text format 1.0.0.
    case openMetrics
    /// `io.prometheus.client.MetricFamily` messages, each after its length: the one that has native histograms.
    case protobuf
}
