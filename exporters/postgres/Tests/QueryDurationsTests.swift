import ExporterTesting
import Exposition
import Testing

@testable import PostgresCollectors

/// Durations of statements from looks at the sessions.
struct QueryDurationsTests {
    private static func active(_ pid: Int, start: Double, seconds: Double, wait: String = "") -> QueryDurations.Session
    {
        QueryDurations.Session(
            pid: pid,
            database: "app",
            start: start,
            seconds: seconds,
            isActive: true,
            waitType: wait,
            waitEvent: wait
        )
    }

    private static func ended(_ pid: Int, start: Double, seconds: Double) -> QueryDurations.Session {
        var session = active(pid, start: start, seconds: seconds)
        session.isActive = false
        return session
    }

    @Test func anEndThatIsSeenIsExactAndCountedOnce() {
        var durations = QueryDurations()
        durations.note([Self.active(1, start: 10, seconds: 0.05)], after: 0.1)
        for _ in 0..<3 { durations.note([Self.ended(1, start: 10, seconds: 0.26)], after: 0.1) }
        #expect(durations.slow["app"] == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func anEndThatIsNotSeenLiesBetweenTwoLooks() {
        var durations = QueryDurations()
        durations.note([Self.active(1, start: 10, seconds: 0.9)], after: 0.1)
        // The next one began at once: the one before took 0.92 s at most.
        durations.note([Self.active(1, start: 10.92, seconds: 0.05)], after: 0.1)
        // Of the last nothing is seen any more: from 0.05 to 0.15 s, so 0.1, which is not above 0.1.
        durations.note([], after: 0.1)
        #expect(durations.slow["app"] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func aStatementBetweenTwoLooksIsSeenByItsEnd() {
        var durations = QueryDurations()
        durations.note([Self.active(1, start: 10, seconds: 2)], after: 0.1)
        durations.note([Self.ended(1, start: 12.2, seconds: 0.11)], after: 0.5)
        durations.note([Self.ended(1, start: 12.2, seconds: 0.11)], after: 0.1)
        #expect(durations.slow["app"]?.reduce(0, +) == 2)
    }

    @Test func waitsAddUpToTheTimeThatWasLookedAt() {
        var durations = QueryDurations()
        durations.note(
            [Self.active(1, start: 10, seconds: 5, wait: "IO"), Self.active(2, start: 14, seconds: 1)],
            after: 0.1
        )
        durations.note(
            [Self.active(1, start: 10, seconds: 5.1, wait: "IO"), Self.active(3, start: 15, seconds: 0.04)],
            after: 0.1
        )
        #expect(durations.waits[.init(type: "IO", event: "IO")] == 0.2)
        #expect(durations.waits[.init(type: "CPU", event: "CPU")] == 0.1 + 0.04)
    }

    @Test func aHistogramHasAllStatementsInIt() {
        let histogram = QueryDurationCollector.histogram(
            [3, 2, 0, 0, 0, 0, 0, 0, 0, 1],
            StatementCounts.Total(calls: 100, seconds: 12)
        )
        #expect(histogram.cumulativeCounts == [94, 97, 99, 99, 99, 99, 99, 99, 99, 99])
        #expect(histogram.count == 100 && histogram.sum == 12)
    }

    @Test func countsGrowOnly() {
        var counts = StatementCounts()
        for (calls, total) in [(1000.0, 0.0), (1500, 500), (1450, 500), (1460, 510), (20, 530)] {
            counts.note(["app": StatementCounts.Total(calls: calls, seconds: calls / 10)])
            #expect(counts.totals["app"]?.calls == total)
        }
    }

    /// Whatever sessions are seen, counters never go back and nothing traps.
    @Test func neverGoesBack() {
        var random = SplitMix64(state: 7)
        var durations = QueryDurations()
        var before = 0
        for _ in 0..<2000 {
            let sessions = (0..<Int.random(in: 0..<6, using: &random)).map { _ in
                var session = Self.active(
                    Int.random(in: 1..<5, using: &random),
                    start: Double.random(in: -10..<1e9, using: &random),
                    seconds: [Double.random(in: -1..<400, using: &random), .nan, .infinity].randomElement(
                        using: &random
                    ) ?? 0
                )
                session.isActive = Bool.random(using: &random)
                return session
            }
            durations.note(sessions, after: Double.random(in: 0..<2, using: &random))
            let now = durations.slow.values.joined().reduce(0) { $0 + Int($1) }
            #expect(now >= before)
            before = now
        }
    }
}
