import Exposition
import Synchronization

/// Instruments that differ in the values of their labels, whose number the compiler checks:
///
/// ```swift
/// let requests = try registry.counter("http_requests_total", "Requests.", labels: ["method", "status"])
/// requests[["GET", "200"]].increment()
/// ```
///
/// A child is made when it is first asked for. Who needs it often keeps it, which saves looking it up. There are at most
/// as many as the family was told: all that come later share one child whose labels are all `other`, and are counted.
public final class Family<Child: Instrument, let labelCount: Int>: Sendable {
    @usableFromInline
    let index: ChildIndex
    private let family: MetricFamily
    /// What was rejected by children that are gone.
    private let rejectedBefore = Mutex(0)

    init(_ family: MetricFamily, _ names: LabelNames, _ options: Child.Options, childrenMax: Int) {
        self.family = family
        index = ChildIndex(names, childrenMax: childrenMax) { Child(options) }
    }

    /// The child with these label values, made now if there is none.
    @inlinable
    public subscript(values: [labelCount of String]) -> Child {
        // The index holds what this family's own closure made.
        unsafeDowncast(index.child(values.span), to: Child.self)
    }

    /// How many children there are.
    public var count: Int { index.count }

    /// How often a child was asked for that could not be made, as there were too many.
    public var overflowCount: Int { index.overflowCount }

    /// Whether there is a child with these label values.
    public func contains(_ values: [labelCount of String]) -> Bool { index.contains(values.span) }

    /// Removes a child: it is no longer written, and who keeps it counts in vain. False where there is none.
    @discardableResult
    public func remove(_ values: [labelCount of String]) -> Bool {
        guard let entry = index.remove(values.span) else { return false }
        noteLosses(of: [entry])
        return true
    }

    /// Removes all children whose labels of these names have these values; returns how many there were.
    @discardableResult
    public func remove(where labels: [String: String]) -> Int {
        guard !labels.isEmpty, labels.keys.allSatisfy(index.names.names.contains) else { return 0 }
        let wanted = labels.map { name, value in
            var bytes: [UInt8] = []
            LabelSet.append(name, .text(value), to: &bytes)
            return bytes
        }
        let gone = index.remove { labels in wanted.allSatisfy { labels.contains($0) } }
        noteLosses(of: gone)
        return gone.count
    }

    /// Removes all children.
    public func removeAll() { noteLosses(of: index.remove { _ in true }) }

    private func noteLosses(of entries: [ChildIndex.Entry]) {
        let count = entries.reduce(0) { $0 + unsafeDowncast($1.child, to: Child.self).rejectedCount }
        if count > 0 { rejectedBefore.withLock { $0 += count } }
    }
}

extension Family: Member {
    var constantLabels: [UInt8] { index.names.constant }

    func write(into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        let hasPlainNames = index.names.hasPlainNames
        // One for all, as each would hold the family once more.
        var series = Series(
            family: family,
            labels: RenderedLabels(UnsafeBufferPointer(start: nil, count: 0), hasPlainNames: hasPlainNames)
        )
        // Children can be made and removed while the list as it was is written.
        index.snapshot.forEach { child, labels in
            series.labels = RenderedLabels(labels, hasPlainNames: hasPlainNames)
            unsafeDowncast(child, to: Child.self).write(series, into: &writer, &scratch)
        }
    }

    var rejectedCount: Int {
        var count = rejectedBefore.withLock { $0 }
        index.snapshot.forEach { child, _ in count += unsafeDowncast(child, to: Child.self).rejectedCount }
        return count
    }
}
