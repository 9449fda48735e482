public import Exposition
import Glibc

/// Something that a program updates as things happen and that a scrape reads: one series, or the few of a histogram.
///
/// Updates never fail and never trap: a value that makes no sense is left out and counted, see ``Registry/rejected``.
public protocol Instrument: AnyObject, Sendable {
    /// What an instrument is made from, the same for all children of a family.
    associatedtype Options: Sendable

    /// What its family is to a scraper.
    static var type: MetricType { get }

    /// A new instrument that nothing was counted in yet.
    init(_ options: Options)

    /// Writes what it holds now.
    func write(_ place: borrowing Series, into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot)

    /// How many updates made no sense and were left out.
    var rejectedCount: Int { get }
}

/// Where an instrument's samples belong; good for the call that it is given to. Not copied, as each copy would hold the
/// family once more, which for each of 100,000 would cost as much as writing it.
public struct Series: ~Copyable {
    let family: MetricFamily
    var labels: RenderedLabels
}

/// What few instruments have, so that the others need not keep a place for it.
struct Extras: Sendable {
    var exemplar: Exemplar?
    var rejectedCount = 0
    /// What a counter had when it was told to begin again.
    var countBefore = 0.0
}

/// The time of the system's clock in seconds since 1970. The corresponding C function is `clock_gettime`.
func secondsSince1970() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
