/// A picture of one number of an exporter's own metrics, drawn by the page at `/`.
///
/// ```swift
/// Plot("CPU busy", .ratio, .rate("node_cpu_seconds_total", where: "mode", isNot: "idle"),
///     over: .rate("node_cpu_seconds_total"), collector: "cpu")
/// ```
public struct Plot: Sendable {
    /// What the numbers are, which decides how the page writes them.
    public enum Unit: String, Sendable {
        /// Between 0 and 1, shown as a percentage.
        case ratio
        case bytes
        /// In bytes per second.
        case bytesPerSecond
        case seconds
        /// How often in a second.
        case perSecond
        /// Any number of things.
        case count
    }

    /// The samples of a metric, summed, or how fast their sum grows.
    public struct Term: Sendable {
        var metric: StaticString
        var isRate: Bool
        var label: StaticString?
        var value: StaticString?
        var isExcluded = false

        /// The sum of the metric's samples, or of those whose label has this value.
        public static func value(
            _ metric: StaticString,
            where label: StaticString? = nil,
            is value: StaticString? = nil
        ) -> Term {
            Term(metric: metric, isRate: false, label: label, value: value)
        }

        /// By how much a second a counter grows, or those of its samples whose label has this value.
        public static func rate(
            _ metric: StaticString,
            where label: StaticString? = nil,
            is value: StaticString? = nil
        ) -> Term {
            Term(metric: metric, isRate: true, label: label, value: value)
        }

        /// By how much a second those of a counter's samples grow whose label has not this value.
        public static func rate(_ metric: StaticString, where label: StaticString, isNot value: StaticString) -> Term {
            Term(metric: metric, isRate: true, label: label, value: value, isExcluded: true)
        }
    }

    let title: StaticString
    let unit: Unit
    let terms: [Term]
    let minus: Term?
    let over: Term?
    let label: StaticString?
    /// The collector whose metrics these are.
    public let collector: StaticString

    /// The sum of the terms, less `minus`, divided by `over`; a line for each value of the label `by`, if there is one.
    /// Not drawn where its collector is not enabled.
    public init(
        _ title: StaticString,
        _ unit: Unit,
        _ terms: Term...,
        minus: Term? = nil,
        over: Term? = nil,
        by label: StaticString? = nil,
        collector: StaticString
    ) {
        self.title = title
        self.unit = unit
        self.terms = terms
        self.minus = minus
        self.over = over
        self.label = label
        self.collector = collector
    }

    /// The names of the metrics that it needs.
    public var metrics: [String] { (terms + [minus, over].compactMap { $0 }).map { "\($0.metric)" } }
}

extension Plot {
    /// What the page's script reads.
    var json: JSONValue {
        .object([
            ("title", .text("\(title)")), ("unit", .text(unit.rawValue)), ("terms", .list(terms.map(\.json))),
            ("minus", minus?.json ?? .null), ("over", over?.json ?? .null),
            ("by", label.map { .text("\($0)") } ?? .null),
        ])
    }
}

extension Plot.Term {
    fileprivate var json: JSONValue {
        .object([
            ("metric", .text("\(metric)")), ("rate", .flag(isRate)), ("label", label.map { .text("\($0)") } ?? .null),
            ("value", value.map { .text("\($0)") } ?? .null), ("not", .flag(isExcluded)),
        ])
    }
}
