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
        /// A number without unit, with its decimals.
        case number
    }

    /// The samples of a metric, summed, or how fast their sum grows.
    public struct Term: Sendable {
        var metric: StaticString
        var isRate: Bool
        var quantile: Double?
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

        /// The value that this part of a histogram's observations of the last minutes is at most, 0.75 of them say.
        ///
        /// Estimated within its bucket, as Prometheus does. Until the page has seen two scrapes: of all that there were.
        public static func quantile(_ quantile: Double, of metric: StaticString) -> Term {
            Term(metric: metric, isRate: false, quantile: quantile)
        }

        /// By how much a second those of a counter's samples grow whose label has not this value.
        public static func rate(_ metric: StaticString, where label: StaticString, isNot value: StaticString) -> Term {
            Term(metric: metric, isRate: true, label: label, value: value, isExcluded: true)
        }
    }

    /// What is good, and what is bad: they are drawn behind the line, and the number has their colour.
    public struct Bands: Sendable {
        /// Up to this it is good.
        public var good: Double
        /// Beyond this it is bad.
        public var poor: Double

        /// Good up to one number, bad beyond another.
        public init(good: Double, poor: Double) {
            self.good = good
            self.poor = poor
        }
    }

    let title: StaticString
    let unit: Unit
    let terms: [Term]
    let minus: Term?
    let over: Term?
    let label: StaticString?
    let bands: Bands?
    /// The collector whose metrics these are.
    public let collector: StaticString

    /// The sum of the terms, less `minus`, divided by `over`; a line for each value of the label `by`, if there is one.
    /// A quantile stands alone and has one line. Not drawn where its collector is not enabled.
    public init(
        _ title: StaticString,
        _ unit: Unit,
        _ terms: Term...,
        minus: Term? = nil,
        over: Term? = nil,
        by label: StaticString? = nil,
        bands: Bands? = nil,
        collector: StaticString
    ) {
        self.title = title
        self.unit = unit
        self.terms = terms
        self.minus = minus
        self.over = over
        self.label = label
        self.bands = bands
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
            ("bands", bands.map { .list([.number($0.good), .number($0.poor)]) } ?? .null),
        ])
    }
}

extension Plot.Term {
    fileprivate var json: JSONValue {
        .object([
            ("metric", .text("\(metric)")), ("rate", .flag(isRate)), ("label", label.map { .text("\($0)") } ?? .null),
            ("value", value.map { .text("\($0)") } ?? .null), ("not", .flag(isExcluded)),
            ("quantile", quantile.map { .number($0) } ?? .null),
        ])
    }
}
