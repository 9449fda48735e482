public import Exposition
import Synchronization

/// How many observations there were and what they sum up to: an average over any time, for the price of two numbers.
public final class Summary: Instrument {
    public static var type: MetricType { .summary }

    private struct State {
        var count: UInt64 = 0
        var sum = 0.0
        var rejectedCount = 0
    }

    private let state = Mutex(State())
    private let created = secondsSince1970()

    public init(_ options: Void = ()) {}

    /// Adds an observation; one that is infinite or no number is rejected.
    public func observe(_ value: Double) {
        state.withLock { state in
            guard value.isFinite else {
                state.rejectedCount += 1
                return
            }
            state.count += 1
            state.sum = (state.sum + value).clampedToFinite
        }
    }

    /// What it holds now.
    public var snapshot: SummarySnapshot {
        state.withLock { SummarySnapshot(count: $0.count, sum: $0.sum, created: created) }
    }

    public var rejectedCount: Int { state.withLock { $0.rejectedCount } }

    public func write(_ place: borrowing Series, into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        writer.emit(place.family, place.labels, snapshot, isNew: true)
    }
}

extension Double {
    /// The number, or the largest one of its sign where it has become infinite.
    var clampedToFinite: Double { min(max(self, -.greatestFiniteMagnitude), .greatestFiniteMagnitude) }
}
