/// How many requests may come: a rate, and how many of them at once after a pause.
struct TokenBucket {
    /// Requests in a second; 0 is no limit.
    let rate: Double
    /// Requests at once.
    let burst: Double
    private var tokens: Double
    private var time: Double

    init(rate: Double, burst: Double, now: Double) {
        self.rate = rate
        self.burst = max(1, burst)
        tokens = self.burst
        time = now
    }

    /// Takes a token, if there is one.
    mutating func take(now: Double) -> Bool {
        guard rate > 0 else { return true }
        // A clock that went back gives nothing.
        tokens = min(burst, tokens + max(0, now - time) * rate)
        time = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
