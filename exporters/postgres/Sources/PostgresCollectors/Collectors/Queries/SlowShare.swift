/// At most how many of the statements were slower than a threshold, told from nothing but their number, mean and
/// deviation.
///
/// By Cantelli's inequality at most var / (var + (T - mean)²) of any values lie above T, whatever their distribution, and
/// by Markov's at most mean / T. So the share is never larger than what is told here; it may be much smaller.
struct SlowShare: Sendable {
    /// Number, sum and sum of squares of the times of a statement, in milliseconds, since the statistics began.
    struct Moments: Sendable, Equatable {
        var count: Double
        var sum: Double
        var squares: Double

        /// What came after an earlier moment; nil where nothing came. Less than before is a new beginning.
        func since(_ before: Moments?) -> Moments? {
            guard let before, count >= before.count, sum >= before.sum else { return count > 0 ? self : nil }
            let difference = Moments(
                count: count - before.count,
                sum: sum - before.sum,
                squares: max(0, squares - before.squares)
            )
            return difference.count > 0 ? difference : nil
        }

        /// At most this part of the times is above a threshold.
        func shareAbove(_ threshold: Double) -> Double {
            let mean = sum / count
            guard mean < threshold else { return 1 }
            let variance = max(0, squares / count - mean * mean)
            let distance = threshold - mean
            return min(mean / threshold, variance / (variance + distance * distance))
        }
    }

    private var last: [String: Moments]?
    /// What came between the last two looks.
    private var between: [Moments] = []

    /// Takes the moments of all statements by their key.
    mutating func note(_ moments: [String: Moments]) {
        if let last { between = moments.compactMap { key, value in value.since(last[key]) } }
        last = moments
    }

    /// At most this part of the statements between the last two looks took longer, in milliseconds; nil without any.
    func bound(_ threshold: Double) -> Double? {
        let count = between.reduce(0) { $0 + $1.count }
        guard count > 0 else { return nil }
        return between.reduce(0) { $0 + $1.count * $1.shareAbove(threshold) } / count
    }
}
