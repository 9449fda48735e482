/// How far a standby is behind the server that sends to it, in seconds.
///
/// The standby's own numbers mislead: the age of the last transaction that was replayed grows while the primary is idle,
/// and "all that was received is replayed" also holds when nothing is received any more. What counts is the end of the
/// *sender's* WAL: the moment at which it last was no further than what is replayed now is known to be caught up with.
/// So the lag is 0 while the standby is in touch and has replayed to the sender's end, and otherwise the time since the
/// last such moment, or the age of the last replayed transaction where that is less, as what is not replayed yet was
/// written after it. Cut off, it grows from the cut; paused, from the pause.
struct StandbyLag: Sendable {
    /// What is seen of a standby at one moment.
    struct Observation: Sendable {
        /// Seconds on a clock that only goes forward.
        var time: Double
        /// Whether WAL is being received by streaming.
        var isStreaming: Bool
        /// Seconds since the sender was heard of.
        var messageAge: Double?
        /// For how long the sender is silent at most where all is well.
        var silenceMax: Double
        /// Where the sender's WAL ended, as it told last.
        var senderEnd: Double?
        /// How far WAL is replayed.
        var replayed: Double
        /// Age of the last transaction that was replayed.
        var transactionAge: Double?
    }

    private static let start = ContinuousClock.now

    /// Seconds since the first call.
    static var time: Double { (.now - start) / .seconds(1) }

    /// Where the sender's WAL ended at a moment: ascending in both.
    private var ends: [(time: Double, position: Double)] = []
    /// Moments closer to each other than this are not kept; grows while a standby is behind for days.
    private var spacing = 0.0

    private static let endsMax = 4096

    /// The lag now; nil where nothing is known that it could be told from.
    mutating func lag(_ seen: Observation) -> Double? {
        if seen.isStreaming, let age = seen.messageAge, let end = seen.senderEnd {
            let isInTouch = age <= seen.silenceMax
            note(end, at: isInTouch ? seen.time : seen.time - age)
            if isInTouch, seen.replayed >= end { return 0 }
        }
        let caughtUp = forgetBefore(seen.replayed).map { seen.time - $0 }
        // A negative age is that of a clock that goes wrong.
        let transaction = seen.transactionAge.flatMap { $0 >= 0 ? $0 : nil }
        return [caughtUp, transaction].compactMap { $0 }.min()
    }

    private mutating func note(_ end: Double, at time: Double) {
        guard let last = ends.last else {
            ends = [(time, end)]
            return
        }
        guard time > last.time else { return }
        if end == last.position {
            ends[ends.count - 1].time = time
        } else if end < last.position {
            // Another server, or another history of the same.
            ends = [(time, end)]
        } else if time - last.time >= spacing {
            ends.append((time, end))
        }
        if ends.count > Self.endsMax { thinOut() }
    }

    /// Keeps about half of the moments, evenly: the lag is told as too large by the spacing at most, never as too small.
    private mutating func thinOut() {
        spacing = max(0.1, spacing * 2, (ends[ends.count - 1].time - ends[0].time) / Double(Self.endsMax / 2))
        var kept: [(time: Double, position: Double)] = []
        for end in ends where kept.last.map({ end.time - $0.time >= spacing }) ?? true { kept.append(end) }
        ends = kept
    }

    /// The last moment at which the sender's WAL ended at most here; what was before it is of no use any more.
    private mutating func forgetBefore(_ replayed: Double) -> Double? {
        var low = 0
        var high = ends.count
        while low < high {
            let middle = (low + high) / 2
            if ends[middle].position <= replayed { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        ends.removeFirst(low - 1)
        if ends.count < 64 { spacing = 0 }
        return ends[0].time
    }
}
