import Exposition
import Instruments
import Testing

/// Each instrument takes what makes sense, leaves out and counts what does not, and never traps.
struct InstrumentTests {
    private static let odd: [Double] = [
        .nan, .signalingNaN, .infinity, -.infinity, -1, -0.0, .leastNonzeroMagnitude, -.greatestFiniteMagnitude,
        .greatestFiniteMagnitude,
    ]

    // MARK: Counter

    @Test func aCounterAddsWholeAmountsAndFractions() throws {
        let counter = try Registry().counter("a_total", "Help.")
        counter.increment()
        counter.increment(by: 2)
        counter.increment(by: 0.25)
        #expect(counter.value == 3.25)
        #expect(counter.rejectedCount == 0)
    }

    @Test func aCounterRejectsWhatWouldMakeItFall() throws {
        let registry = Registry()
        let counter = try registry.counter("a_total", "Help.")
        counter.increment(by: -1)
        counter.increment(by: Int.min)
        for value in [-0.5, .nan, .infinity, -.infinity] { counter.increment(by: value) }
        #expect(counter.value == 0)
        #expect(counter.rejectedCount == 6)
        #expect(registry.rejected == 6)
    }

    @Test func aCounterStaysFiniteAndNeverNegative() throws {
        let counter = try Registry().counter("a_total", "Help.")
        for _ in 0..<3 { counter.increment(by: .greatestFiniteMagnitude) }
        #expect(counter.value == .greatestFiniteMagnitude)
        let whole = try Registry().counter("a_total", "Help.")
        for _ in 0..<5 { whole.increment(by: .max) }
        #expect(whole.value >= 0)
    }

    // MARK: Gauge

    @Test func aGaugeTakesEveryNumber() throws {
        let gauge = try Registry().gauge("a", "Help.")
        for value in Self.odd {
            gauge.set(value)
            #expect(gauge.value == value || value.isNaN && gauge.value.isNaN)
        }
        gauge.set(1)
        gauge.increment()
        gauge.decrement(by: 3)
        #expect(gauge.value == -1)
    }

    @Test func aGaugeTracksWorkThatFailsToo() throws {
        struct Failure: Error {}
        let gauge = try Registry().gauge("a", "Help.")
        #expect(gauge.track { gauge.value } == 1)
        #expect(throws: Failure.self) { try gauge.track { () throws(Failure) in throw Failure() } }
        #expect(gauge.value == 0)
    }

    // MARK: Histogram

    @Test func bucketsReachUpToTheirBoundAndNoFurther() throws {
        let histogram = try Registry().histogram("a", "Help.", buckets: HistogramBuckets([-1, 0, 1.5]))
        for value in [-2, -1, -0.5, 0, -0.0, 1.5, 1.6, 1e300] { histogram.observe(value) }
        let snapshot = histogram.snapshot
        #expect(snapshot.cumulativeCounts == [2, 5, 6])
        #expect(snapshot.count == 8)
        #expect(histogram.rejectedCount == 0)
    }

    /// Few bounds are searched one by one, many by halves: with the same result.
    @Test(arguments: [1, 14, 15, 16, 17, 34, 35, 36, 37, 100, 1000])
    func manyBucketsAreSearchedRight(count: Int) throws {
        let buckets = HistogramBuckets.linear(start: 0, width: 1, count: count)
        let histogram = try Registry().histogram("a", "Help.", buckets: buckets)
        for index in 0..<count {
            histogram.observe(Double(index))
            histogram.observe(Double(index) + 0.5)
        }
        histogram.observe(-1)
        #expect(histogram.snapshot.cumulativeCounts == (0..<count).map { UInt64(2 * $0 + 2) })
        #expect(histogram.snapshot.count == UInt64(2 * count + 1))
    }

    @Test func zeroHasTwoSignsAndOneBucket() throws {
        for bound in [0.0, -0.0] {
            let histogram = try Registry().histogram("a", "Help.", buckets: HistogramBuckets([bound]))
            for value in [0.0, -0.0, -1, 1] { histogram.observe(value) }
            #expect(histogram.snapshot.cumulativeCounts == [3])
        }
    }

    @Test func aHistogramRejectsWhatIsNoNumber() throws {
        let registry = Registry()
        for (name, buckets) in [("a", HistogramBuckets.requestSeconds), ("b", .native())] {
            let histogram = try registry.histogram(name, "Help.", buckets: buckets)
            for value in Self.odd { histogram.observe(value) }
            #expect(histogram.rejectedCount == 4)
            #expect(histogram.snapshot.count == 5)
            #expect(histogram.snapshot.sum?.isFinite == true)
        }
        #expect(registry.rejected == 8)
    }

    /// One observation that stands for several is the same as several, in classic and in native buckets.
    @Test func anObservationThatCountsSeveralTimes() {
        let buckets = HistogramBuckets([0, 1], native: NativeBuckets(schema: 2, zeroThreshold: 0.001, bucketsMax: 3))
        let (once, often) = (Histogram(buckets), Histogram(buckets))
        for (value, count) in [(0.5, 3), (-2, 2), (0, 5), (7, 1), (900, 4), (3, 0), (3, -1), (3, .min)] {
            once.observe(value, count: count)
            for _ in 0..<max(0, count) { often.observe(value) }
        }
        let (one, other) = (once.snapshot, often.snapshot)
        #expect(one.cumulativeCounts == [7, 10] && one.count == 15)
        #expect(one.cumulativeCounts == other.cumulativeCounts && one.count == other.count && one.sum == other.sum)
        #expect(one.native?.zeroCount == other.native?.zeroCount && one.native?.schema == other.native?.schema)
        #expect(one.native?.positive == other.native?.positive && one.native?.negative == other.native?.negative)
        once.observe(.infinity, count: 7)
        #expect(once.rejectedCount == 1)
        once.observe(.greatestFiniteMagnitude, count: .max)
        #expect(once.snapshot.sum == .greatestFiniteMagnitude)
    }

    @Test func sumsThatOverflowStayFinite() throws {
        let histogram = try Registry().histogram("a", "Help.")
        let summary = try Registry().summary("a", "Help.")
        for _ in 0..<3 {
            histogram.observe(.greatestFiniteMagnitude)
            summary.observe(.greatestFiniteMagnitude)
        }
        #expect(histogram.snapshot.sum == .greatestFiniteMagnitude)
        #expect(summary.snapshot.sum == .greatestFiniteMagnitude)
    }

    @Test func durationsAreSeconds() throws {
        let histogram = try Registry().histogram("a", "Help.")
        histogram.observe(.milliseconds(1500))
        #expect(histogram.time { 7 } == 7)
        #expect(histogram.snapshot.count == 2)
        #expect((histogram.snapshot.sum ?? 0) >= 1.5)
    }

    @Test func anExemplarStaysInItsBucket() throws {
        let histogram = try Registry().histogram("a", "Help.", buckets: HistogramBuckets([1, 2]))
        let first = Exemplar([("trace_id", "x")], value: 0.5)
        let second = Exemplar([("trace_id", "y")], value: 5)
        histogram.observe(0.5, exemplar: first)
        histogram.observe(5, exemplar: second)
        histogram.observe(0.7)
        histogram.observe(.nan, exemplar: second)
        #expect(histogram.snapshot.exemplars == [first, nil, second])
        #expect(histogram.snapshot.count == 3)
    }

    @Test(arguments: [
        HistogramBuckets([]), HistogramBuckets([1, 1]), HistogramBuckets([2, 1]), HistogramBuckets([.nan]),
        HistogramBuckets([-.infinity, 1]), HistogramBuckets([.infinity, 1]),
        HistogramBuckets((0...HistogramBuckets.boundsMax).map { Double($0) }),
        HistogramBuckets(native: NativeBuckets(schema: 9)), HistogramBuckets(native: NativeBuckets(schema: -5)),
        HistogramBuckets(native: NativeBuckets(zeroThreshold: -1)),
        HistogramBuckets(native: NativeBuckets(zeroThreshold: .nan)),
        HistogramBuckets(native: NativeBuckets(bucketsMax: 0)),
        .linear(start: 0, width: 0, count: 2), .exponential(start: 1, factor: 1, count: 2),
        .exponential(start: 1, factor: -2, count: 3), .linear(start: 0, width: 1, count: -1),
    ])
    func bucketsThatMakeNoSenseAreRefused(buckets: HistogramBuckets) {
        #expect(throws: RegistryError.self) { try Registry().histogram("a", "Help.", buckets: buckets) }
        #expect(throws: RegistryError.self) { try Registry().histogram("a", "Help.", labels: ["x"], buckets: buckets) }
    }

    @Test func bucketsAreMadeByRule() {
        #expect(HistogramBuckets.linear(start: 1, width: 2, count: 3).bounds == [1, 3, 5])
        #expect(HistogramBuckets.exponential(start: 1, factor: 2, count: 4).bounds == [1, 2, 4, 8])
        #expect(HistogramBuckets.exponential(from: 1, to: 100, count: 3).bounds == [1, 10, 100])
        #expect(HistogramBuckets([1, .infinity]).bounds == [1])
    }

    // MARK: Info and states

    @Test func statesHoldAloneOrTogether() throws {
        let states = try Registry().stateSet("mode", "Help.", states: ["on", "off", "idle"])
        states.set("on")
        states.set("idle", to: true)
        #expect(["on", "off", "idle"].map { states.isOn($0) } == [true, false, true])
        states.set("off")
        states.set("idle", to: false)
        states.set("nothing")
        #expect(["on", "off", "idle"].map { states.isOn($0) } == [false, true, false])
        #expect(states.rejectedCount == 1)
    }

    @Test(arguments: [[], ["a", "a"], (0...64).map { "\($0)" }])
    func statesThatMakeNoSenseAreRefused(states: [String]) {
        #expect(throws: RegistryError.self) { try Registry().stateSet("mode", "Help.", states: states) }
    }
}
