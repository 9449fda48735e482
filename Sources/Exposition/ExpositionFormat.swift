/// A way to write an exposition.
///
/// Text: <https://prometheus.io/docs/instrumenting/exposition_formats/>,
/// OpenMetrics: <https://prometheus.io/docs/specs/om/open_metrics_spec/>.
public enum ExpositionFormat: Sendable, Hashable, CaseIterable {
    /// Prometheus text format 0.0.4.
    case text
    /// OpenMetrics text format 1.0.0.
    case openMetrics
}
