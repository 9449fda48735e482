public import Exposition
import Synchronization

/// What there is to know of something in words: a version, a mode. Its value is always 1, its labels say it.
public final class Info: Instrument {
    public static var type: MetricType { .info }

    public init(_ options: Void = ()) {}

    public var rejectedCount: Int { 0 }

    public func write(_ place: borrowing Series, into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        writer.emit(place.family, place.labels, 1, isNew: true)
    }
}
