import Testing

@testable import WebVitals

/// Scores as Lighthouse's own code gives them.
struct ScoreTests {
    /// FCP, LCP, TBT, CLS, SI and their scores, and the score of all.
    private static let worked: [(LighthouseScore.FormFactor, [Double], [Double], Double)] = [
        (.mobile, [1800, 2500, 200, 0.1, 3387], [0.90, 0.90, 0.90, 0.90, 0.90], 0.90),
        (.mobile, [3000, 4000, 600, 0.25, 5800], [0.50, 0.50, 0.50, 0.50, 0.50], 0.50),
        (.desktop, [1800, 2500, 200, 0.1, 3387], [0.38, 0.46, 0.80, 0.90, 0.18], 0.64),
        (.desktop, [600, 900, 40, 0.02, 900], [0.99, 0.96, 1, 1, 0.98], 0.99),
        (.mobile, [1500, 2200, 900, 0.05, 3000], [0.96, 0.95, 0.31, 0.99, 0.94], 0.77),
        (.mobile, [1200, 2000, 100, 0.4, 2500], [0.99, 0.97, 0.98, 0.25, 0.98], 0.80),
        (.mobile, [1800, 2500, 200, 0.1, 3400], [0.90, 0.90, 0.90, 0.90, 0.89], 0.90),
        (.desktop, [2000, 4000, 500, 0.3, 3000], [0.29, 0.17, 0.29, 0.39, 0.27], 0.28),
    ]
    private static let order: [Vital] = [
        .firstContentfulPaint, .largestContentfulPaint, .totalBlockingTime, .cumulativeLayoutShift, .speedIndex,
    ]

    @Test(arguments: worked.indices)
    func areLighthouses(index: Int) throws {
        let (formFactor, values, _, whole) = Self.worked[index]
        var vitals = AgentVitals()
        vitals.outcome = .reached
        for (vital, value) in zip(Self.order, values) { vitals[vital] = value }
        let score = try #require(LighthouseScore(vitals, formFactor))
        #expect(score.value == whole)
        #expect(score.basis == .full)
    }

    @Test(arguments: worked.indices)
    func partsAreLighthouses(index: Int) {
        let (formFactor, values, scores, _) = Self.worked[index]
        let curves: [(Double, Double)] =
            formFactor == .mobile
            ? [(1800, 3000), (2500, 4000), (200, 600), (0.1, 0.25), (3387, 5800)]
            : [(934, 1600), (1200, 2400), (150, 350), (0.1, 0.25), (1311, 2300)]
        for part in values.indices {
            #expect(LighthouseScore.score(values[part], good: curves[part].0, middling: curves[part].1) == scores[part])
        }
    }

    @Test func whatWasNotMeasuredLeavesTheWeights() throws {
        var vitals = AgentVitals()
        vitals.outcome = .unsupported
        vitals[.firstContentfulPaint] = 1800
        vitals[.largestContentfulPaint] = 2500
        #expect(LighthouseScore(vitals, .mobile) == nil)
        vitals[.cumulativeLayoutShift] = 0
        let score = try #require(LighthouseScore(vitals, .mobile))
        #expect(score.basis == .partial)
        // (10 * 0.9 + 25 * 0.9 + 25 * 1) / 60
        #expect(score.value == 0.94)
    }

    @Test func leftEarlyIsPartial() throws {
        var vitals = AgentVitals()
        vitals.outcome = .early
        for (vital, value) in zip(Self.order, [1800, 2500, 200, 0.1, 3387]) { vitals[vital] = value }
        #expect(try #require(LighthouseScore(vitals, .mobile)).basis == .partial)
    }
}
