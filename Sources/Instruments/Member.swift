import Exposition

/// What a registry holds under a name: an instrument without labels, a family of them, or a callback.
protocol Member: AnyObject, Sendable {
    /// The constant labels of the registry that it was made in, rendered.
    var constantLabels: [UInt8] { get }
    var losses: Losses { get }

    func write(into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot)
}

/// What was asked of a member and could not be done.
struct Losses {
    var overflowCount = 0
    var rejectedCount = 0
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
    var losses: Losses { Losses(rejectedCount: child.rejectedCount) }

    func write(into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        child.write(Series(family: family, labels: labels), into: &writer, &scratch)
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
    var losses: Losses { Losses() }

    func write(into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        // Nothing is written where there is no answer: a number that nobody knows is not made up.
        guard let value = ask() else { return }
        writer.emit(family, labels, value, isNew: true)
    }
}
