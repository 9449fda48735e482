/// A metric as its collector declares it, once: type, name, help and label names.
///
/// The number of labels is part of the type, so a sample with too few or too many label values does not compile:
///
/// ```swift
/// let cpuSeconds = Metric(
///     .counter, "node_cpu_seconds_total", "Seconds the CPUs spent in each mode.", labels: ["cpu", "mode"])
/// out.emit(cpuSeconds, 12.5, ["0", "idle"])
/// ```
///
/// Names are `StaticString`, so no name can come from outside. Where the kernel or a database names the metrics
/// (`/proc/meminfo`, for one), declare a ``MetricTemplate``.
public struct Metric<let labelCount: Int>: Sendable {
    /// What is said of the metric once for all its samples.
    public let family: MetricFamily
    /// The names of the labels, in the order in which `emit` takes their values.
    public let labels: [labelCount of StaticString]

    /// A metric of this type, name, help text and these label names; any UTF-8, see ``EscapingScheme``.
    ///
    /// The `unit` is read off the name where it is not given: `seconds` of `node_cpu_seconds_total`.
    public init(
        _ type: MetricType,
        _ name: StaticString,
        _ help: StaticString,
        labels: [labelCount of StaticString],
        unit: StaticString? = nil
    ) {
        let names = (0..<labelCount).map { "\(labels[$0])" }
        let unit = unit.map { "\($0)" }
        self.init(MetricFamily(type, declared: "\(name)", help: "\(help)", labels: names, unit: unit), labels: labels)
    }

    /// A metric whose family was made at run time, by the frame for the names that begin with the exporter's own.
    package init(_ family: MetricFamily, labels: [labelCount of StaticString]) {
        self.family = family
        self.labels = labels
    }
}

extension Metric where labelCount == 0 {
    /// A metric without labels, or one whose label names differ from sample to sample (see ``LabelSet``).
    public init(_ type: MetricType, _ name: StaticString, _ help: StaticString, unit: StaticString? = nil) {
        self.init(type, name, help, labels: [], unit: unit)
    }
}

/// A metric without its label count: what `--help`, the README's tables and the lint see of a declaration.
public protocol MetricDeclaration: Sendable {
    /// The name, with `<field>` where a template's name has a part that is known only when reading.
    var name: String { get }
    /// The help text, with `<field>` as in `name`.
    var help: String { get }
    /// The type.
    var type: MetricType { get }
    /// The label names.
    var labelNames: [String] { get }
}

extension Metric: MetricDeclaration {
    public var name: String { family.name }
    public var help: String { family.help }
    public var type: MetricType { family.type }
    public var labelNames: [String] { (0..<labelCount).map { "\(labels[$0])" } }
}
