import Exposition
import Glibc
import Instruments
import Synchronization
import Testing

/// What several threads count is added up: the first one's, which takes no lock, and that of the others.
struct ThreadTests {
    private static let rounds = 20_000

    @Test func everyThreadCounts() throws {
        let counter = try Registry().counter("a_total", "Help.")
        let histogram = try Registry().histogram("b", "Help.", buckets: HistogramBuckets([1, 2]))
        Self.run(threads: 4) {
            for _ in 0..<Self.rounds {
                counter.increment()
                counter.increment(by: 0.5)
                histogram.observe(1)
                histogram.observe(2)
            }
        }
        #expect(counter.value == Double(4 * Self.rounds) * 1.5)
        #expect(histogram.snapshot.cumulativeCounts == [UInt64(4 * Self.rounds), UInt64(8 * Self.rounds)])
        #expect(histogram.snapshot.sum == Double(12 * Self.rounds))
    }

    /// The first thread ends; those that come later count on, also the one that the system gives its place.
    @Test func threadsThatFollowEachOther() throws {
        let counter = try Registry().counter("a_total", "Help.")
        let histogram = try Registry().histogram("b", "Help.", buckets: HistogramBuckets([1, 2]))
        for _ in 0..<20 {
            Self.run(threads: 2) {
                counter.increment(by: 3)
                histogram.observe(2)
            }
        }
        #expect(counter.value == 120)
        #expect(histogram.snapshot.count == 40)
        #expect(histogram.snapshot.sum == 80)
    }

    /// Every observation is 1, so a count and a sum that fit together are equal.
    @Test func whatIsReadFitsTogether() throws {
        let histogram = try Registry().histogram("b", "Help.", buckets: HistogramBuckets([0.5, 1]))
        let isDone = Atomic(0)
        let torn = Atomic(0)
        Self.run(threads: 3) { number in
            guard number == 2 else {
                for _ in 0..<Self.rounds * 5 { histogram.observe(1) }
                isDone.add(1, ordering: .relaxed)
                return
            }
            while isDone.load(ordering: .relaxed) < 2 {
                let snapshot = histogram.snapshot
                if snapshot.sum != Double(snapshot.count) { torn.add(1, ordering: .relaxed) }
            }
        }
        #expect(torn.load(ordering: .relaxed) == 0)
        #expect(histogram.snapshot.count == UInt64(10 * Self.rounds))
    }

    @Test func aCounterThatBeganAgainCountsOn() throws {
        let counter = Counter()
        counter.increment(by: 7)
        Self.run(threads: 1) { counter.increment(by: 2.5) }
        counter.reset()
        #expect(counter.value == 0)
        counter.increment()
        #expect(counter.value == 1)
    }

    static func run(threads: Int, _ body: @escaping @Sendable () -> Void) {
        run(threads: threads) { _ in body() }
    }

    /// Runs this on so many threads at once, and returns when all are done. The corresponding C function is
    /// `pthread_create`.
    static func run(threads: Int, _ body: @Sendable (_ number: Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            let started = (0..<threads).map { number in
                var thread = pthread_t()
                let start = Unmanaged.passRetained(Start(number, body))
                pthread_create(
                    &thread,
                    nil,
                    { argument in
                        if let argument { Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run() }
                        return nil
                    },
                    start.toOpaque()
                )
                return thread
            }
            for thread in started { pthread_join(thread, nil) }
        }
    }

    private final class Start {
        private let number: Int
        private let body: @Sendable (Int) -> Void

        init(_ number: Int, _ body: @escaping @Sendable (Int) -> Void) {
            self.number = number
            self.body = body
        }

        func run() { body(number) }
    }
}
