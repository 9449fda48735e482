import Exposition

// How each kind of metric is declared: without labels the instrument itself, with labels a family of them.

extension Registry {
    /// A counter. Its name ends in `_total`.
    public func counter(_ name: String, _ help: String, unit: String? = nil) throws(RegistryError) -> Counter {
        try single(name, help, unit, Counter())
    }

    /// Counters by labels.
    public func counter<let labelCount: Int>(
        _ name: String,
        _ help: String,
        labels: [labelCount of String],
        unit: String? = nil,
        childrenMax: Int = Registry.childrenMaxByDefault
    ) throws(RegistryError) -> Family<Counter, labelCount> {
        try family(name, help, labels, unit, (), childrenMax)
    }

    /// A counter whose value is asked for at each scrape, which has to be answered at once; nothing is written for nil.
    public func counter(
        _ name: String,
        _ help: String,
        unit: String? = nil,
        value: @escaping @Sendable () -> Double?
    ) throws(RegistryError) {
        try callback(.counter, name, help, unit, value)
    }

    /// A gauge.
    public func gauge(_ name: String, _ help: String, unit: String? = nil) throws(RegistryError) -> Gauge {
        try single(name, help, unit, Gauge())
    }

    /// Gauges by labels.
    public func gauge<let labelCount: Int>(
        _ name: String,
        _ help: String,
        labels: [labelCount of String],
        unit: String? = nil,
        childrenMax: Int = Registry.childrenMaxByDefault
    ) throws(RegistryError) -> Family<Gauge, labelCount> {
        try family(name, help, labels, unit, (), childrenMax)
    }

    /// A gauge whose value is asked for at each scrape, which has to be answered at once; nothing is written for nil.
    public func gauge(
        _ name: String,
        _ help: String,
        unit: String? = nil,
        value: @escaping @Sendable () -> Double?
    ) throws(RegistryError) {
        try callback(.gauge, name, help, unit, value)
    }

    /// A histogram.
    public func histogram(
        _ name: String,
        _ help: String,
        buckets: HistogramBuckets = .requestSeconds,
        unit: String? = nil
    ) throws(RegistryError) -> Histogram {
        if let problem = buckets.problem { throw .invalid("\(prefix)\(name): \(problem)") }
        return try single(name, help, unit, Histogram(buckets))
    }

    /// Histograms by labels.
    public func histogram<let labelCount: Int>(
        _ name: String,
        _ help: String,
        labels: [labelCount of String],
        buckets: HistogramBuckets = .requestSeconds,
        unit: String? = nil,
        childrenMax: Int = Registry.childrenMaxByDefault
    ) throws(RegistryError) -> Family<Histogram, labelCount> {
        if let problem = buckets.problem { throw .invalid("\(prefix)\(name): \(problem)") }
        return try family(name, help, labels, unit, buckets, childrenMax)
    }

    /// A summary: count and sum.
    public func summary(_ name: String, _ help: String, unit: String? = nil) throws(RegistryError) -> Summary {
        try single(name, help, unit, Summary())
    }

    /// Summaries by labels.
    public func summary<let labelCount: Int>(
        _ name: String,
        _ help: String,
        labels: [labelCount of String],
        unit: String? = nil,
        childrenMax: Int = Registry.childrenMaxByDefault
    ) throws(RegistryError) -> Family<Summary, labelCount> {
        try family(name, help, labels, unit, (), childrenMax)
    }

    /// An info: what its labels say. Its name ends in `_info`.
    public func info(
        _ name: String,
        _ help: String,
        _ labels: [(name: String, value: String)]
    ) throws(RegistryError) {
        let below = try below(labels: labels)
        _ = try below.single(name, help, nil, Info())
    }

    /// Infos by labels, of things that come and go.
    public func info<let labelCount: Int>(
        _ name: String,
        _ help: String,
        labels: [labelCount of String],
        childrenMax: Int = Registry.childrenMaxByDefault
    ) throws(RegistryError) -> Family<Info, labelCount> {
        try family(name, help, labels, nil, (), childrenMax)
    }

    /// A state set: which of these states hold.
    public func stateSet(_ name: String, _ help: String, states: [String]) throws(RegistryError) -> StateSet {
        let states = StateSet.States(states, family: prefix + name)
        if let problem = states.problem { throw .invalid("\(prefix)\(name): \(problem)") }
        return try single(name, help, nil, StateSet(states))
    }

    /// State sets by labels.
    public func stateSet<let labelCount: Int>(
        _ name: String,
        _ help: String,
        labels: [labelCount of String],
        states: [String],
        childrenMax: Int = Registry.childrenMaxByDefault
    ) throws(RegistryError) -> Family<StateSet, labelCount> {
        let states = StateSet.States(states, family: prefix + name)
        if let problem = states.problem { throw .invalid("\(prefix)\(name): \(problem)") }
        return try family(name, help, labels, nil, states, childrenMax)
    }

    // MARK: What they have in common

    private func single<Child: Instrument>(
        _ name: String,
        _ help: String,
        _ unit: String?,
        _ child: Child
    ) throws(RegistryError) -> Child {
        let declaration = try declare(Child.type, name, help, labels: [], unit: unit)
        try store.add(declaration.family, []) { Single($0, constantLabels, child) }
        return child
    }

    private func family<Child: Instrument, let labelCount: Int>(
        _ name: String,
        _ help: String,
        _ labels: [labelCount of String],
        _ unit: String?,
        _ options: Child.Options,
        _ childrenMax: Int
    ) throws(RegistryError) -> Family<Child, labelCount> {
        let labels = (0..<labelCount).map { labels[$0] }
        let declaration = try declare(Child.type, name, help, labels: labels, unit: unit)
        return try store.add(declaration.family, labels) {
            Family($0, declaration.names, options, childrenMax: childrenMax)
        }
    }

    private func callback(
        _ type: MetricType,
        _ name: String,
        _ help: String,
        _ unit: String?,
        _ ask: @escaping @Sendable () -> Double?
    ) throws(RegistryError) {
        let declaration = try declare(type, name, help, labels: [], unit: unit)
        _ = try store.add(declaration.family, []) { Callback($0, constantLabels, ask) }
    }
}
