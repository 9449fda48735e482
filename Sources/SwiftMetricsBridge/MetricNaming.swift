/// What a metric of swift-metrics is, which decides on the end of its name.
public enum MetricKind: Sendable, Hashable {
    /// `Counter` and `FloatingPointCounter`.
    case counter
    /// `Meter`, and a `Gauge`, which is a `Recorder` that does not aggregate.
    case gauge
    /// A `Recorder` that aggregates.
    case recorder
    /// `Timer`.
    case timer
}

/// How labels and dimensions of swift-metrics, which may be any text, become names of metrics and labels.
public struct MetricNaming: Sendable {
    /// The name of a metric.
    public var metric: @Sendable (MetricKind, String) -> String
    /// The name of a label.
    public var label: @Sendable (String) -> String

    /// Names as the functions make them.
    public init(
        metric: @escaping @Sendable (MetricKind, String) -> String,
        label: @escaping @Sendable (String) -> String
    ) {
        self.metric = metric
        self.label = label
    }

    /// Names that every scraper takes: each odd character becomes `_`, a counter ends in `_total`, a timer in `_seconds`.
    ///
    /// `http.server.request.duration`, a timer, is `http_server_request_duration_seconds`.
    public static let underscores = MetricNaming(
        metric: { kind, label in
            let name = plain(label)
            switch kind {
            case .counter: return name.hasSuffix("_total") ? name : name + "_total"
            case .timer: return name.hasSuffix("_seconds") ? name : name + "_seconds"
            case .gauge, .recorder: return name
            }
        },
        // These three mean something to Prometheus.
        label: { label in
            let name = plain(label)
            return name == "le" || name == "quantile" || name.hasPrefix("__") ? "exported_" + name : name
        }
    )

    private static func plain(_ text: String) -> String {
        var bytes = text.utf8.map { byte in isPlain(byte) ? byte : UInt8(ascii: "_") }
        if bytes.first.map({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) ?? true {
            bytes.insert(UInt8(ascii: "_"), at: 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
