public import CoreMetrics
public import Instruments
public import Logging
import Synchronization

/// A backend of swift-metrics: what a program and its libraries measure stands in a ``Registry``.
///
/// ```swift
/// let registry = Registry()
/// MetricsSystem.bootstrap(RegistryMetricsFactory(registry))
/// ```
///
/// Counters stay counters, meters and gauges become gauges, recorders and timers histograms, the latter in seconds.
/// Nothing that a library does ever traps: of two metrics that can't have the same name, the later one counts for
/// itself, is not exported, and is told of once in the log. A label may be used with other dimensions each time.
public final class RegistryMetricsFactory: MetricsFactory {
    /// What swift-metrics has no words for: what a metric means, and which buckets it has.
    public struct Details: Sendable {
        /// The help text.
        public var help: String
        /// The buckets of a recorder or timer; the factory's where it is nil.
        public var buckets: HistogramBuckets?

        /// Details of a metric.
        public init(help: String, buckets: HistogramBuckets? = nil) {
            self.help = help
            self.buckets = buckets
        }
    }

    /// How a metric is found again: what it is, its label, and its dimensions as they were given.
    struct Key: Hashable, Sendable {
        let kind: MetricKind
        let label: String
        let dimensions: [[String]]

        init(_ kind: MetricKind, _ label: String, _ dimensions: [(String, String)]) {
            self.kind = kind
            self.label = label
            self.dimensions = dimensions.map { [$0.0, $0.1] }
        }
    }

    private struct State {
        var handlers: [Key: any Handler] = [:]
        var families: [String: any BridgedFamily] = [:]
        /// Names that the registry refused, with whether that was logged.
        var refused: Set<String> = []
    }

    private let registry: Registry
    private let naming: MetricNaming
    private let details: [String: Details]
    private let buckets: HistogramBuckets
    private let childrenMax: Int
    private let logger: Logger
    private let state = Mutex(State())

    /// A backend that declares its metrics in this registry.
    ///
    /// - Parameters:
    ///   - registry: Where the metrics stand.
    ///   - naming: How labels become names.
    ///   - details: By label, what swift-metrics can't say of a metric.
    ///   - buckets: Of recorders and timers that have no others.
    ///   - childrenMax: How many sets of dimensions a label may have; those beyond share one series.
    ///   - logger: Where a metric that can't be exported is told of.
    public init(
        _ registry: Registry,
        naming: MetricNaming = .underscores,
        details: [String: Details] = [:],
        buckets: HistogramBuckets = .requestSeconds,
        childrenMax: Int = Registry.childrenMaxByDefault,
        logger: Logger = Logger(label: "metrics")
    ) {
        self.registry = registry
        self.naming = naming
        self.details = details
        self.buckets = buckets
        self.childrenMax = childrenMax
        self.logger = logger
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return gauge(label, dimensions) }
        return histogram(.recorder, label, dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(.timer, label, dimensions)
    }

    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    // MARK: Handlers

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> BridgedCounter {
        handler(Key(.counter, label, dimensions), options: ()) { BridgedCounter($0, $1) }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> BridgedGauge {
        handler(Key(.gauge, label, dimensions), options: ()) { BridgedGauge($0, $1) }
    }

    private func histogram(
        _ kind: MetricKind,
        _ label: String,
        _ dimensions: [(String, String)]
    ) -> BridgedHistogram {
        handler(Key(kind, label, dimensions), options: details[label]?.buckets ?? buckets) { BridgedHistogram($0, $1) }
    }

    /// The handler of a key: the one that there is, or a new one.
    private func handler<H: Handler, Child: Instrument>(
        _ key: Key,
        options: Child.Options,
        _ make: (Key, Child) -> H
    ) -> H {
        state.withLock { state in
            if let known = state.handlers[key] as? H { return known }
            let name = naming.metric(key.kind, key.label)
            guard let family: MixedFamily<Child> = family(name, key, options, &state) else {
                return make(key, Child(options))
            }
            let handler = make(key, family.child(labels(key)))
            // Those that come when there are too many share a series, and are not remembered.
            if state.handlers.count < childrenMax { state.handlers[key] = handler }
            return handler
        }
    }

    /// The family of a name, declared now if it is new; nil where the registry can't have it.
    private func family<Child: Instrument>(
        _ name: String,
        _ key: Key,
        _ options: Child.Options,
        _ state: inout State
    ) -> MixedFamily<Child>? {
        if let known = state.families[name] {
            if let family = known as? MixedFamily<Child> { return family }
            refuse(name, "it is of another kind already", &state)
            return nil
        }
        do throws(RegistryError) {
            let help = details[key.label]?.help ?? "\(key.label), as measured by the program."
            let family: MixedFamily<Child> = try registry.mixed(name, help, options, childrenMax: childrenMax)
            state.families[name] = family
            return family
        } catch {
            refuse(name, error.description, &state)
            return nil
        }
    }

    private func refuse(_ name: String, _ reason: String, _ state: inout State) {
        guard state.refused.count < childrenMax, state.refused.insert(name).inserted else { return }
        logger.warning("a metric is not exported", metadata: ["metric": "\(name)", "reason": "\(reason)"])
    }

    private func labels(_ key: Key) -> [(name: String, value: String)] {
        key.dimensions.map { (naming.label($0[0]), $0[1]) }
    }

    private func destroy(_ handler: AnyObject) {
        // Of another factory: nothing to do.
        guard let handler = handler as? any Handler else { return }
        state.withLock { state in
            guard state.handlers[handler.key] === handler else { return }
            state.handlers[handler.key] = nil
            state.families[naming.metric(handler.key.kind, handler.key.label)]?.remove(labels(handler.key))
        }
    }
}

/// What a factory made, and how it finds it again.
protocol Handler: AnyObject, Sendable {
    var key: RegistryMetricsFactory.Key { get }
}

/// A family without the type of its children.
private protocol BridgedFamily: AnyObject, Sendable {
    func remove(_ labels: [(name: String, value: String)])
}

extension MixedFamily: BridgedFamily {}
