public import Exposition
public import Synchronization

/// A value that only grows: requests, bytes, seconds spent.
///
/// Whole amounts and fractions are kept apart, so that neither loses what is small beside the other. The thread that
/// counts first does so at no more than the cost of an addition, see ``OwnerThread``.
public final class Counter: Instrument {
    public static var type: MetricType { .counter }

    @usableFromInline
    struct Amounts: ~Copyable, Sendable {
        @usableFromInline
        let whole = Atomic<UInt64>(0)
        let fraction = Atomic<UInt64>(0)
    }

    @usableFromInline
    let owner = OwnerThread()
    /// What the owner counted, and what all others did.
    @usableFromInline
    let own = Amounts()
    @usableFromInline
    let others = Amounts()
    private let extras = Mutex<Extras?>(nil)
    private let created = secondsSince1970()

    public init(_ options: Void = ()) {}

    /// Adds one.
    @inlinable
    public func increment() { add(1) }

    /// Adds a whole amount; a negative one is rejected.
    @inlinable
    public func increment(by amount: Int) {
        guard amount >= 0 else { return reject() }
        add(UInt64(amount))
    }

    /// Adds an amount; one that is negative, infinite or no number is rejected.
    public func increment(by amount: Double) {
        guard amount >= 0, amount.isFinite else { return reject() }
        if owner.isThisThread() {
            let sum = Double(bitPattern: own.fraction.load(ordering: .relaxed)) + amount
            own.fraction.store(min(sum, .greatestFiniteMagnitude).bitPattern, ordering: .relaxed)
        } else {
            others.fraction.update { min($0 + amount, .greatestFiniteMagnitude) }
        }
    }

    @inlinable
    func add(_ amount: UInt64) {
        if owner.isThisThread() {
            own.whole.store(own.whole.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
        } else {
            others.whole.wrappingAdd(amount, ordering: .relaxed)
        }
    }

    /// Adds an amount, and keeps the exemplar until the next one comes.
    public func increment(by amount: Double = 1, exemplar: Exemplar?) {
        increment(by: amount)
        guard let exemplar else { return }
        extras.withLock {
            $0 = $0 ?? Extras(); $0?.exemplar = exemplar
        }
    }

    /// Begins again at zero, which a scraper takes for a restart.
    package func reset() {
        extras.withLock {
            $0 = $0 ?? Extras(); $0?.countBefore = total
        }
    }

    /// The sum of all that was added.
    public var value: Double {
        // Asked before the total, which then is never less.
        let before = extras.withLock { $0?.countBefore ?? 0 }
        return total - before
    }

    private var total: Double {
        let whole = own.whole.load(ordering: .relaxed) &+ others.whole.load(ordering: .relaxed)
        let fraction =
            Double(bitPattern: own.fraction.load(ordering: .relaxed))
            + Double(bitPattern: others.fraction.load(ordering: .relaxed))
        return min(Double(whole) + fraction, .greatestFiniteMagnitude)
    }

    public var rejectedCount: Int { extras.withLock { $0?.rejectedCount ?? 0 } }

    public func write(_ place: borrowing Series, into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        let (exemplar, before) = extras.withLock { ($0?.exemplar, $0?.countBefore ?? 0) }
        writer.emit(place.family, place.labels, total - before, exemplar: exemplar, created: created, isNew: true)
    }

    @usableFromInline
    func reject() {
        extras.withLock {
            $0 = $0 ?? Extras(); $0?.rejectedCount += 1
        }
    }
}

extension Atomic<UInt64> {
    /// Replaces a number that is kept as its bits by one that is made from it.
    func update(_ change: (Double) -> Double) {
        var old = load(ordering: .relaxed)
        while true {
            let new = change(Double(bitPattern: old)).bitPattern
            let (isDone, now) = weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if isDone { return }
            old = now
        }
    }
}
