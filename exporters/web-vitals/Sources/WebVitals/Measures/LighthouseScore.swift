import Glibc

/// Lighthouse's performance score of a page view, from 0 to 1.
///
/// Weights and curves are those of Lighthouse 13: each number is placed on a log-normal curve by the value that scores
/// 0.9 and the one that scores 0.5, and the scores are averaged by weight. Lighthouse slows the machine and the network
/// down on purpose and we do not, so a field score is like its score, not equal to it.
struct LighthouseScore: Equatable {
    /// Whose curves: phones are judged more mildly.
    enum FormFactor: String, CaseIterable, Sendable {
        case mobile, desktop
    }

    /// What the score rests on.
    enum Basis: String, CaseIterable, Sendable {
        /// All five numbers, and blocking time until the page was interactive.
        case full
        /// Some of them: the browser does not tell the others, or the visitor left early. Their weights are left out.
        case partial
    }

    /// From 0 to 1, in hundredths.
    let value: Double
    let basis: Basis

    /// What a part weighs, and its curve: the values in ms, or without unit, that score 0.9 and 0.5.
    private struct Part {
        let vital: Vital
        let weight: Double
        let good: Double
        let middling: Double
    }

    private static func parts(_ formFactor: FormFactor) -> [Part] {
        switch formFactor {
        case .mobile:
            [
                Part(vital: .firstContentfulPaint, weight: 10, good: 1800, middling: 3000),
                Part(vital: .largestContentfulPaint, weight: 25, good: 2500, middling: 4000),
                Part(vital: .totalBlockingTime, weight: 30, good: 200, middling: 600),
                Part(vital: .cumulativeLayoutShift, weight: 25, good: 0.1, middling: 0.25),
                Part(vital: .speedIndex, weight: 10, good: 3387, middling: 5800),
            ]
        case .desktop:
            [
                Part(vital: .firstContentfulPaint, weight: 10, good: 934, middling: 1600),
                Part(vital: .largestContentfulPaint, weight: 25, good: 1200, middling: 2400),
                Part(vital: .totalBlockingTime, weight: 30, good: 150, middling: 350),
                Part(vital: .cumulativeLayoutShift, weight: 25, good: 0.1, middling: 0.25),
                Part(vital: .speedIndex, weight: 10, good: 1311, middling: 2300),
            ]
        }
    }

    /// The score of a view; nil where less than half of the weight was measured.
    init?(_ vitals: AgentVitals, _ formFactor: FormFactor) {
        var sum = 0.0
        var weight = 0.0
        var isWhole = vitals.outcome == .reached
        for part in Self.parts(formFactor) {
            guard let value = vitals[part.vital] else {
                isWhole = false
                continue
            }
            sum += part.weight * Self.score(value, good: part.good, middling: part.middling)
            weight += part.weight
        }
        guard weight >= 50 else { return nil }
        value = (sum / weight * 100).rounded() / 100
        basis = isWhole ? .full : .partial
    }

    /// Where a value lies on its curve, in hundredths, rounded down as Lighthouse does.
    static func score(_ value: Double, good: Double, middling: Double) -> Double {
        guard value > 0 else { return 1 }
        // -erfinv(1 - 2 * 0.9) * sqrt(2), the normal deviate of a tenth, over sqrt(2).
        let deviate = 0.906_193_802_436_823_2
        let standard = log(value / middling) * deviate / -log(good / middling)
        var score = (1 - errorFunction(standard)) / 2
        if value <= good {
            score = max(0.9, min(1, score))
        } else if value <= middling {
            score = max(0.5, min(0.899_999_999_999_999_9, score))
        } else {
            score = max(0, min(0.499_999_999_999_999_9, score))
        }
        if score > 0.9 { score += 0.05 * (score - 0.9) }
        return (score * 100).rounded(.down) / 100
    }

    /// Abramowitz and Stegun 7.1.26, because Lighthouse rounds as it does.
    private static func errorFunction(_ x: Double) -> Double {
        let magnitude = abs(x)
        let t = 1 / (1 + 0.327_591_1 * magnitude)
        let polynomial =
            t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))))
        let result = 1 - polynomial * exp(-magnitude * magnitude)
        return x < 0 ? -result : result
    }
}
