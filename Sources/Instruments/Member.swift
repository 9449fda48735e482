import Exposition

/// What a registry holds under a name: an instrument without labels, a family of them, or a callback.
protocol Member: AnyObject, Sendable {
    /// The constant labels of the registry that it was made in, rendered.
    var constantLabels: [UInt8] { get }
    /// How many updates made no sense and were left out.
    var rejectedCount: Int { get }
    /// How often a child was asked for that could not be made, as there were too many.
    var overflowCount: Int { get }

    func write(into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot)
}

/// An instrument that has only the constant labels.
final class Single<Child: Instrument>: Member {
    let child: Child
    private let family: MetricFamily
    private let labels: LabelSet

    init(_ family: MetricFamily, _ labels: LabelSet, _ child: Child) {
        self.family = family
        self.labels = labels
        self.child = child
    }

    var constantLabels: [UInt8] { labels.bytes }
    var rejectedCount: Int { child.rejectedCount }
    var overflowCount: Int { 0 }

    func write(into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        labels.withRendered { child.write(Series(family: family, labels: $0), into: &writer, &scratch) }
    }
}

/// A value that is asked for at each scrape.
final class Callback: Member {
    private let family: MetricFamily
    private let labels: LabelSet
    private let ask: @Sendable () -> Double?

    init(_ family: MetricFamily, _ labels: LabelSet, _ ask: @escaping @Sendable () -> Double?) {
        self.family = family
        self.labels = labels
        self.ask = ask
    }

    var constantLabels: [UInt8] { labels.bytes }
    var rejectedCount: Int { 0 }
    var overflowCount: Int { 0 }

    func write(into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        // Nothing is written where there is no answer: a number that nobody knows is not made up.
        guard let value = ask() else { return }
        writer.emit(family, labels, value, isNew: true)
    }
}
