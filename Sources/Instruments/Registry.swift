public import Exposition
import Synchronization

/// The metrics of a program: declared once, updated as things happen, written at each scrape.
///
/// ```swift
/// let registry = Registry()
/// let jobs = try registry.counter("jobs_total", "Jobs that were done.")
/// jobs.increment()
/// print(String(decoding: registry.exposition(.init(.text)), as: UTF8.self))
/// ```
///
/// A declaration that clashes with another one throws; nothing here ever traps. A registry can hang below another:
/// ``below(prefix:labels:)`` gives one whose metrics stand among the same, with longer names or more labels.
public struct Registry: Sendable {
    /// How many children a family has at most, if it is not told otherwise.
    public static let childrenMaxByDefault = 10_000

    let store: RegistryStore
    let prefix: String
    let constantLabels: LabelSet
    private let constantNames: [String]

    /// A registry without metrics.
    public init() {
        store = RegistryStore()
        prefix = ""
        constantLabels = .none
        constantNames = []
    }

    private init(_ store: RegistryStore, _ prefix: String, _ labels: LabelSet, _ names: [String]) {
        self.store = store
        self.prefix = prefix
        constantLabels = labels
        constantNames = names
    }

    /// A registry among whose metrics are these: their names begin with the prefix, and they have the constant labels.
    public func below(prefix: String = "", labels: [(name: String, value: String)] = []) throws(RegistryError)
        -> Registry
    {
        let names = constantNames + labels.map(\.name)
        try Self.check(labels: names)
        var bytes = constantLabels.bytes
        for label in labels { LabelSet.append(label.name, .text(label.value), to: &bytes) }
        let set = LabelSet(rendered: bytes, hasPlainNames: names.allSatisfy { EscapingScheme.isPlain(label: $0) })
        return Registry(store, self.prefix + prefix, set, names)
    }

    // MARK: Reading

    /// What was declared, sorted by name, for documentation and lint. A state set's own label is not told.
    public var metrics: [any MetricDeclaration] { store.declarations }

    /// Writes all metrics, sorted by name.
    public func write(into writer: inout MetricWriter) { store.write(into: &writer) }

    /// All metrics as an exposition in this form.
    public func exposition(_ form: ExpositionForm) -> [UInt8] {
        var limits = MetricWriter.Limits()
        limits.samples = .max
        var writer = MetricWriter(form: form, limits: limits)
        write(into: &writer)
        var bytes: [UInt8] = []
        _ = MetricWriter.join([writer], into: &bytes)
        return bytes
    }

    /// Removes a metric with all its series; those who keep its instruments count in vain. False where there is none.
    @discardableResult
    public func unregister(_ name: String) -> Bool { store.remove(prefix + name) }

    /// How many updates made no sense and were left out: a counter that should have fallen, an observation of NaN.
    public var rejected: Int { store.sum(\.rejectedCount) }

    /// How often a child was asked for beyond its family's limit.
    public var overflows: Int { store.sum(\.overflowCount) }

    // MARK: Declaring

    /// What is known of a metric when its name, labels and unit were checked.
    struct Declaration {
        let family: MetricFamily
        let names: LabelNames
    }

    func declare(
        _ type: MetricType,
        _ name: String,
        _ help: String,
        labels: [String],
        unit: String?
    ) throws(RegistryError) -> Declaration {
        let name = prefix + name
        guard !name.isEmpty else { throw .invalid("a metric without a name") }
        let labelNames = constantNames + labels
        try Self.check(labels: labelNames)
        if labelNames.contains("le"), type == .histogram {
            throw .invalid("\(name): the label le is the histogram's own")
        }
        if labelNames.contains("quantile"), type == .summary {
            throw .invalid("\(name): the label quantile is the summary's own")
        }
        if type == .counter, !name.hasSuffix("_total") { throw .invalid("\(name): a counter's name ends in _total") }
        if type == .info, !name.hasSuffix("_info") { throw .invalid("\(name): an info's name ends in _info") }
        if type == .stateSet, labelNames.contains(name) {
            throw .invalid("\(name): the label \(name) is the state set's own")
        }
        if let unit, !unit.isEmpty {
            let stem = type == .counter ? name.dropLast("_total".count) : name[...]
            guard stem.hasSuffix("_" + unit) else {
                throw .invalid("\(name): the unit \(unit) is not the end of its name")
            }
        }
        let all = type == .stateSet ? labelNames + [name] : labelNames
        let family = MetricFamily(type, declared: name, help: help, labels: all, unit: unit)
        return Declaration(family: family, names: LabelNames(labels, constant: constantLabels))
    }

    private static func check(labels: [String]) throws(RegistryError) {
        for name in labels {
            if name.isEmpty { throw .invalid("a label without a name") }
            if name.hasPrefix("__") {
                throw .invalid("the label \(name): names that begin with __ are Prometheus' own")
            }
        }
        if Set(labels).count < labels.count { throw .invalid("a label twice: \(labels.joined(separator: ", "))") }
    }
}
