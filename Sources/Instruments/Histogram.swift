public import Exposition
import Glibc
import Synchronization

/// How observations are spread: sizes, durations. Classic buckets, native ones or both.
///
/// Counts of each bucket alone, by a lock: what is read fits together. The first thread that observes does without one
/// where there are few buckets and no native ones, see ``OwnerThread``.
public final class Histogram: Instrument {
    public static var type: MetricType { .histogram }

    private struct State {
        /// How many observations are in each bucket and in no other; +Inf's last. Empty while there are none.
        var counts: [UInt64] = []
        var sum = 0.0
        var exemplars: [Exemplar?] = []
        var native: NativeState?
        var rejectedCount = 0
    }

    private let bounds: [Double]
    /// What the first thread observed.
    private let own: OwnedCounts
    /// What all others did.
    private let state: Mutex<State>
    private let created = secondsSince1970()

    /// A histogram with these buckets, which are sorted and finite.
    public init(_ buckets: HistogramBuckets) {
        // Adding 0 makes -0 of a bound 0, of which nothing differs in its sign.
        bounds = buckets.bounds.map { $0 + 0 }
        let isOwned = buckets.native == nil && bounds.count < OwnedCounts.countMax
        own = isOwned ? OwnedCounts() : .none
        state = Mutex(State(native: buckets.native.map(NativeState.init)))
    }

    /// Adds an observation; one that is infinite or no number is rejected.
    public func observe(_ value: Double) { add(value, count: 1) }

    /// Adds the same observation several times: one that stands for others, as where only a sample is measured. A count
    /// that is not above 0 adds nothing.
    public func observe(_ value: Double, count: Int) {
        guard count > 0 else { return }
        add(value, count: UInt64(count))
    }

    // Inlined with what it calls at first: the calls would cost as much as the rest.
    @inline(__always)
    private func add(_ value: Double, count: UInt64) {
        guard value.isFinite else { return reject() }
        let index = bucket(of: value)
        if !own.add(value, count: count, to: index) { share(value, count: count, at: index) }
    }

    /// What a thread that is not the owner does.
    private func share(_ value: Double, count: UInt64, at index: Int) {
        state.withLock { state in
            if state.counts.isEmpty { state.counts = .init(repeating: 0, count: bounds.count + 1) }
            state.counts[index] &+= count
            state.sum += value * Double(count)
            if !state.sum.isFinite { state.sum = state.sum.clampedToFinite }
            if state.native != nil { state.native?.observe(value, count: count) }
        }
    }

    /// Adds an observation, and keeps the exemplar until the next one comes into the same bucket.
    public func observe(_ value: Double, exemplar: Exemplar?) {
        observe(value)
        guard let exemplar, value.isFinite else { return }
        let index = bucket(of: value)
        state.withLock { state in
            if state.exemplars.isEmpty { state.exemplars = .init(repeating: nil, count: bounds.count + 1) }
            state.exemplars[index] = exemplar
            if state.native != nil { state.native?.add(exemplar) }
        }
    }

    /// Adds the seconds of a duration.
    public func observe(_ duration: Duration) { observe(duration.seconds) }

    /// Adds the seconds of a duration, with an exemplar of these labels and of now. Labels that are too long are left out.
    public func observe(_ duration: Duration, exemplar labels: [(name: StaticString, value: LabelValue)]) {
        let seconds = duration.seconds
        observe(seconds, exemplar: Exemplar(labels, value: seconds, timestamp: secondsSince1970()))
    }

    /// Does the work and observes how many seconds it took, also where it fails.
    public func time<Result, Failure: Error>(_ work: () throws(Failure) -> Result) throws(Failure) -> Result {
        let start = ContinuousClock.now
        defer { observe(.now - start) }
        return try work()
    }

    /// What it holds now.
    public var snapshot: HistogramSnapshot {
        var snapshot = HistogramSnapshot()
        read(into: &snapshot)
        return snapshot
    }

    public var rejectedCount: Int { state.withLock { $0.rejectedCount } }

    public func write(_ place: borrowing Series, into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        read(into: &scratch)
        writer.emit(place.family, place.labels, scratch, isNew: true)
    }

    /// Fills a snapshot whose memory is used again.
    private func read(into snapshot: inout HistogramSnapshot) {
        snapshot.bounds = bounds
        snapshot.created = created
        snapshot.cumulativeCounts.removeAll(keepingCapacity: true)
        snapshot.cumulativeCounts.append(contentsOf: repeatElement(0, count: bounds.count + 1))
        var sum = own.read(into: &snapshot.cumulativeCounts)
        state.withLock { state in
            for index in state.counts.indices { snapshot.cumulativeCounts[index] &+= state.counts[index] }
            sum += state.sum
            snapshot.exemplars = state.exemplars
            if let native = state.native { native.read(into: &snapshot.native) } else { snapshot.native = nil }
        }
        snapshot.sum = sum.isFinite ? sum : sum.clampedToFinite
        var count: UInt64 = 0
        for index in snapshot.cumulativeCounts.indices {
            count &+= snapshot.cumulativeCounts[index]
            snapshot.cumulativeCounts[index] = count
        }
        snapshot.count = count
        snapshot.cumulativeCounts.removeLast()
    }

    /// The first bucket whose bound is not below the value. Few bounds are all looked at, and those that are below are
    /// counted by the sign of what is between: no processor can guess where a search would end.
    @inline(__always)
    private func bucket(of value: Double) -> Int {
        guard bounds.count > 35 else {
            return bounds.withUnsafeBufferPointer {
                $0.reduce(0) { $0 &+ Int(truncatingIfNeeded: ($1 - value).bitPattern >> 63) }
            }
        }
        return search(for: value)
    }

    private func search(for value: Double) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func reject() { state.withLock { $0.rejectedCount += 1 } }
}

extension Duration {
    fileprivate var seconds: Double {
        let parts = components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
}

extension Double {
    /// This to the power of another number. The corresponding C function is `pow`.
    func power(_ exponent: Double) -> Double { pow(self, exponent) }
}
