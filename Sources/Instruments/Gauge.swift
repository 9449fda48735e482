public import Exposition
public import Synchronization

/// A value that goes up and down: a temperature, a queue's length. Any number, infinities and NaN too.
public final class Gauge: Instrument {
    public static var type: MetricType { .gauge }

    @usableFromInline
    let bits = Atomic<UInt64>(0)

    public init(_ options: Void = ()) {}

    /// Sets the value.
    @inlinable
    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    /// Adds an amount, which may be negative.
    public func increment(by amount: Double = 1) { bits.update { $0 + amount } }

    /// Takes an amount away.
    public func decrement(by amount: Double = 1) { bits.update { $0 - amount } }

    /// Sets the value to the time of the system's clock, in seconds since 1970.
    public func setToCurrentTime() { set(secondsSince1970()) }

    /// Adds one while the work is under way.
    public func track<Result, Failure: Error>(_ work: () throws(Failure) -> Result) throws(Failure) -> Result {
        increment()
        defer { decrement() }
        return try work()
    }

    /// The value now.
    @inlinable
    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    public var rejectedCount: Int { 0 }

    public func write(_ place: borrowing Series, into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        writer.emit(place.family, place.labels, value, isNew: true)
    }
}
