import Testing

@testable import ExporterSDK

/// The phases of a connection: what begins a new time limit, and what does not.
struct ConnectionPhaseTests {
    private typealias Event = ConnectionPhase.Event
    private static let settings = HTTPSettings(
        headerTimeout: .seconds(1),
        bodyTimeout: .seconds(2),
        writeTimeout: .seconds(3),
        idleTimeout: .seconds(4)
    )

    private func phase(after events: [Event]) -> ConnectionPhase {
        var phase = ConnectionPhase()
        for event in events { _ = phase.handle(event) }
        return phase
    }

    private static let request: [Event] = [.bytesCame, .headEnded, .requestEnded, .answerBegan, .answerEnded]

    @Test func aRequestGoesThroughAllPhases() {
        let phases = (0...Self.request.count).map { phase(after: Array(Self.request.prefix($0))).phase }
        #expect(phases == [.fresh, .fresh, .body, .answering, .writing, .idle])
        #expect(phase(after: Self.request + [.bytesCame]).phase == .head)
        #expect(phase(after: Self.request + Self.request).phase == .idle)
    }

    @Test func eachPhaseHasItsLimitAndItsReason() {
        let cases: [([Event], Duration?, ExporterCounters.Refusal?)] = [
            ([], .seconds(1), .headerTimeout),
            ([.bytesCame], .seconds(1), .headerTimeout),
            ([.bytesCame, .headEnded], .seconds(2), .bodyTimeout),
            ([.bytesCame, .headEnded, .requestEnded], nil, nil),
            ([.bytesCame, .headEnded, .requestEnded, .answerBegan], .seconds(3), .writeTimeout),
            (Self.request, .seconds(4), nil),
            (Self.request + [.bytesCame], .seconds(1), .headerTimeout),
        ]
        for (events, limit, refusal) in cases {
            let phase = phase(after: events)
            #expect(phase.limit(Self.settings) == limit, "\(events)")
            #expect(phase.refusal == refusal, "\(events)")
        }
    }

    /// Otherwise a byte a second would keep a connection for ever.
    @Test(
        arguments: [
            [], [.bytesCame], [.bytesCame, .headEnded], Self.request + [.bytesCame],
            [.bytesCame, .headEnded, .requestEnded, .answerBegan],
        ] as [[ConnectionPhase.Event]]
    )
    func moreBytesWinNoTime(events: [ConnectionPhase.Event]) {
        var phase = phase(after: events)
        let before = phase
        for _ in 0..<100 {
            let isNew = phase.handle(.bytesCame)
            #expect(!isNew)
        }
        #expect(phase == before)
    }

    @Test func anAnswerBeforeTheRequestsEndIsWrittenOut() {
        var phase = phase(after: [.bytesCame, .headEnded, .answerBegan])
        #expect(phase.phase == .writing)
        let isNew = phase.handle(.requestEnded)
        #expect(!isNew)
        #expect(phase.phase == .writing)
        _ = phase.handle(.answerEnded)
        #expect(phase.phase == .idle)
        let isNewWhenIdle = phase.handle(.requestEnded)
        #expect(!isNewWhenIdle)
    }

    /// No order of events leaves a connection without a limit, but for those that wait for their answer.
    @Test func onlyAnAnswerMayTakeAnyTime() {
        let events: [Event] = [.bytesCame, .headEnded, .requestEnded, .answerBegan, .answerEnded]
        for _ in 0..<1000 {
            var phase = ConnectionPhase()
            for _ in 0..<20 {
                let before = phase
                if let event = events.randomElement() {
                    let changed = phase.handle(event)
                    #expect(changed == (phase != before))
                }
                #expect((phase.limit(Self.settings) == nil) == (phase.phase == .answering))
            }
        }
    }
}
