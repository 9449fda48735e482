/// What the samples of a family mean, in the words of the exposition formats.
public enum MetricType: Sendable, Hashable, CaseIterable {
    /// A value that only grows, and starts again at zero when its source does.
    case counter
    /// A value that goes up and down.
    case gauge
    /// Cumulative buckets by upper bound (`le`), with `_count` and `_sum`.
    case histogram
    /// `_count` and `_sum`, with quantiles where the source computes them.
    case summary
    /// Constant 1; what there is to know stands in the labels.
    case info
    /// One sample per state, 1 for those that hold and 0 for the others.
    case stateSet
    /// A value whose nature its source does not tell.
    case untyped

    /// The word after `# TYPE name` in text format 0.0.4, which knows no `info` and no `stateset`.
    public var textName: StaticString {
        switch self {
        case .counter: "counter"
        case .gauge, .info, .stateSet: "gauge"
        case .histogram: "histogram"
        case .summary: "summary"
        case .untyped: "untyped"
        }
    }

    /// The word after `# TYPE name` in OpenMetrics 1.0.
    public var openMetricsName: StaticString {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        case .summary: "summary"
        case .info: "info"
        case .stateSet: "stateset"
        case .untyped: "unknown"
        }
    }
}
