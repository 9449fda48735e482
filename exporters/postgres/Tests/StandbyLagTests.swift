import Testing

@testable import PostgresCollectors

/// How far behind a standby is said to be.
struct StandbyLagTests {
    /// A moment: seconds, whether it streams, age of the last message, the sender's end, what is replayed, the age of the
    /// last transaction, and the lag that is right.
    typealias Moment = (
        time: Double, streams: Bool, message: Double?, end: Double?, replayed: Double, transaction: Double?,
        lag: Double?
    )

    static let stories: [(name: String, moments: [Moment])] = [
        (
            "idle and caught up: 0, however old the last transaction is",
            [(0, true, 1, 100, 100, 30, 0), (600, true, 29, 100, 100, 630, 0)]
        ),
        (
            "cut off while the primary writes: grows from the cut, though all that came is replayed",
            [
                (0, true, 0, 100, 100, 0, 0), (10, false, nil, nil, 100, 10, 10), (20, false, nil, nil, 100, 20, 20),
                (3000, false, nil, nil, 100, 3000, 3000), (3010, true, 0, 900, 900, 0, 0),
            ]
        ),
        (
            "a sender that is silent for too long counts from when it was heard of",
            [(0, true, 0, 100, 100, 0, 0), (30, true, 30, 100, 100, 30, 0), (50, true, 50, 100, 100, 50, 20)]
        ),
        (
            "replay paused after an idle time: since the pause, not since the last transaction",
            [
                (0, true, 1, 100, 100, 100, 0), (21, true, 1, 100, 100, 121, 0), (26, true, 0, 200, 100, 126, 5),
                (31, true, 0, 300, 100, 131, 10), (36, true, 0, 300, 300, 1, 0),
            ]
        ),
        (
            "busy: what is not replayed yet is younger than the last transaction that is",
            [(0, true, 0, 100, 99, 0.2, 0.2), (15, true, 0, 900, 890, 0.1, 0.1)]
        ),
        ("nothing was ever received: nothing is told", [(0, false, nil, nil, 100, nil, nil)]),
        ("files only, no streaming: the age of the last transaction", [(0, false, nil, nil, 100, 7, 7)]),
        ("a clock that goes wrong: the age is not believed", [(0, true, 0, 100, 90, -50, nil)]),
        (
            "a sender whose WAL ends before that of the one before: another server, another history",
            [(0, true, 0, 500, 500, 0, 0), (10, true, 0, 400, 390, 3, 3), (20, true, 0, 400, 400, 3, 0)]
        ),
    ]

    @Test(arguments: stories.indices)
    func tells(story: Int) {
        var lag = StandbyLag()
        for moment in Self.stories[story].moments {
            let seen = StandbyLag.Observation(
                time: moment.time,
                isStreaming: moment.streams,
                messageAge: moment.message,
                silenceMax: 35,
                senderEnd: moment.end,
                replayed: moment.replayed,
                transactionAge: moment.transaction
            )
            #expect(lag.lag(seen) == moment.lag, "\(Self.stories[story].name), at \(moment.time)")
        }
    }

    /// Far behind for a week, looked at each second: the memory does not grow, and the lag stays right.
    @Test func forgetsWhatItNeedsNoMore() {
        var lag = StandbyLag()
        var last: Double?
        for second in 0..<100_000 {
            let seen = StandbyLag.Observation(
                time: Double(second),
                isStreaming: true,
                messageAge: 0,
                silenceMax: 35,
                senderEnd: Double(second),
                replayed: Double(second) / 2,
                transactionAge: nil
            )
            last = lag.lag(seen)
        }
        #expect(last.map { abs($0 - 50_000) < 100 } ?? false, "\(String(describing: last))")
    }
}
