import ExporterTesting
import Testing

@testable import PostgresCollectors

/// The bound of the share of slow statements is never below the truth.
struct SlowShareTests {
    private static func moments(_ times: [Double]) -> SlowShare.Moments {
        SlowShare.Moments(
            count: Double(times.count),
            sum: times.reduce(0, +),
            squares: times.reduce(0) { $0 + $1 * $1 }
        )
    }

    @Test(arguments: [
        [Double](repeating: 1, count: 1000),
        [Double](repeating: 1, count: 960) + [Double](repeating: 400, count: 40),
        (0..<1000).map { Double($0) / 4 },
        [5000],
        [0, 0, 0],
    ])
    func neverBelowTheTruth(times: [Double]) {
        var share = SlowShare()
        share.note(["a": SlowShare.Moments(count: 0, sum: 0, squares: 0)])
        share.note(["a": Self.moments(times)])
        for threshold in [25.0, 50, 100, 250] {
            let truth = Double(times.count { $0 > threshold }) / Double(times.count)
            let bound = share.bound(threshold) ?? -1
            #expect(bound >= truth - 1e-9 && bound <= 1, "\(bound) of \(truth) above \(threshold)")
        }
    }

    /// Statements that all take the same time are not slow at all.
    @Test func isTightWhereNothingVaries() {
        var share = SlowShare()
        share.note([:])
        share.note(["a": Self.moments([Double](repeating: 2, count: 100))])
        #expect(share.bound(25).map { $0 < 1e-9 } ?? false)
    }

    @Test func tellsOfTheLastIntervalOnly() {
        var share = SlowShare()
        #expect(share.bound(25) == nil)
        let slow = Self.moments([Double](repeating: 1000, count: 10))
        share.note(["a": slow])
        #expect(share.bound(25) == nil)
        share.note(["a": slow])
        #expect(share.bound(25) == nil)
        var more = slow
        more.count += 90
        more.sum += 90
        more.squares += 90
        share.note(["a": more])
        #expect(share.bound(25).map { $0 < 0.01 } ?? false)
        // Less than before: the statistics were reset.
        share.note(["a": slow])
        #expect(share.bound(25) == 1)
    }

    @Test func randomLoads() {
        var random = SplitMix64(state: 3)
        for _ in 0..<200 {
            let statements = (0..<5).map { _ in
                (0..<50).map { _ in
                    Double.random(in: 0..<1, using: &random) < 0.9 ? 3 : Double.random(in: 0..<600, using: &random)
                }
            }
            var share = SlowShare()
            share.note([:])
            share.note(Dictionary(uniqueKeysWithValues: statements.enumerated().map { ("\($0)", Self.moments($1)) }))
            let truth = Double(statements.joined().count { $0 > 100 }) / 250
            #expect((share.bound(100) ?? -1) >= truth)
        }
    }
}
