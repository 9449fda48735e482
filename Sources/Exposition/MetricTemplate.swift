import Synchronization

/// A metric whose name has a part that is known only when reading: one family for each field that the source has.
///
/// ```swift
/// let field = MetricTemplate(.gauge, "node_memory_", "_bytes", help: { "Memory information field \($0)." })
/// out.emit(field["MemFree"], 1024)
/// ```
///
/// Families are made once per field and kept, at most ``fieldLimit`` of them; fields beyond that share one family
/// called `other`, so a source that invents names can't fill the memory.
public final class MetricTemplate<let labelCount: Int>: Sendable {
    /// How many fields a template remembers.
    public static var fieldLimit: Int { 4096 }

    private let prefix: String
    private let suffix: String
    private let kind: MetricType
    private let helpFor: @Sendable (String) -> String
    private let labels: [labelCount of StaticString]
    /// The label names.
    public let labelNames: [String]
    /// Families, not metrics: a dictionary whose type depends on `labelCount` is ten times as slow.
    private let known = Mutex<[NameKey: MetricFamily]>([:])
    /// Of the fields beyond the limit: one family, as each family costs a writer a place of its own.
    private let other: MetricFamily

    /// A template of names `prefix` + field + `suffix`.
    public init(
        _ type: MetricType,
        _ prefix: StaticString,
        _ suffix: StaticString = "",
        labels: [labelCount of StaticString],
        help: @escaping @Sendable (String) -> String
    ) {
        self.prefix = "\(prefix)"
        self.suffix = "\(suffix)"
        self.labels = labels
        kind = type
        helpFor = help
        labelNames = (0..<labelCount).map { "\(labels[$0])" }
        other = MetricFamily(
            type,
            declared: MetricFamily.legalName("\(prefix)other\(suffix)"),
            help: help("other"),
            labels: labelNames
        )
    }

    /// The metric for a field; its bytes that no name can have become `_`.
    public subscript(field: ArraySlice<UInt8>) -> Metric<labelCount> { Metric(family(field), labels: labels) }

    /// The metric for a field; its bytes that no name can have become `_`.
    public subscript(field: String) -> Metric<labelCount> { self[ArraySlice(Array(field.utf8))] }

    private func family(_ field: ArraySlice<UInt8>) -> MetricFamily {
        known.withLock { known in
            let key = NameKey(field)
            if let family = known[key] { return family }
            guard known.count < Self.fieldLimit else { return other }
            let name = String(decoding: field, as: UTF8.self)
            let family = MetricFamily(
                kind,
                declared: MetricFamily.legalName(prefix + name + suffix),
                help: helpFor(name),
                labels: labelNames
            )
            known[key.kept] = family
            return family
        }
    }
}

extension MetricTemplate where labelCount == 0 {
    /// A template of metrics without labels.
    public convenience init(
        _ type: MetricType,
        _ prefix: StaticString,
        _ suffix: StaticString = "",
        help: @escaping @Sendable (String) -> String
    ) {
        self.init(type, prefix, suffix, labels: [], help: help)
    }
}

extension MetricTemplate: MetricDeclaration {
    public var name: String { prefix + "<field>" + suffix }
    public var help: String { helpFor("<field>") }
    public var type: MetricType { kind }
}
