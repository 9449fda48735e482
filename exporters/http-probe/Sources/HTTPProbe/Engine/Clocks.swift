import CCurl

/// Nanoseconds of CLOCK_MONOTONIC, as all times within a probe are kept.
func monotonicNow() -> UInt64 { ccurl_now() }

extension UInt64 {
    /// This time and a duration more.
    func adding(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return self }
        return self &+ UInt64(seconds) &* 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
    }

    /// The seconds from an earlier time to this one; 0 where that is later.
    func seconds(since start: UInt64) -> Double { self > start ? Double(self - start) / 1e9 : 0 }
}

/// What the wall's clock shows, as a timestamp of a metric.
func secondsSince1970() -> Double { ccurl_wall_time() }
