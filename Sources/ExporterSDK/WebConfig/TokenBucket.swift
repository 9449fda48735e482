/// Lets through one thing each interval, and some at once after a rest. Pure: who asks says what time it is.
struct TokenBucket: Sendable {
    private let interval: Duration
    private let burst: Int
    /// When the bucket was, or will be, empty with nothing taken since.
    private var emptyTime: ContinuousClock.Instant

    /// A full bucket.
    init(interval: Duration, burst: Int, now: ContinuousClock.Instant) {
        self.interval = interval
        self.burst = burst
        emptyTime = now - interval * burst
    }

    /// Whether it is as full as it can be.
    func isFull(_ now: ContinuousClock.Instant) -> Bool { now - emptyTime >= interval * burst }

    /// How long it takes until there is one more; zero where there is one now.
    func wait(_ now: ContinuousClock.Instant) -> Duration { max(.zero, interval - (now - emptyTime)) }

    /// Takes one; false where there is none.
    mutating func take(_ now: ContinuousClock.Instant) -> Bool {
        // What has run over is lost.
        emptyTime = max(emptyTime, now - interval * burst)
        guard now - emptyTime >= interval else { return false }
        emptyTime += interval
        return true
    }
}
