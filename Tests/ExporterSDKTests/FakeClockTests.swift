import ExporterTesting
import Testing

/// A fake clock wakes whom it should, when it is moved and not before.
struct FakeClockTests {
    private let clock = FakeClock()

    @Test func whoSleepsIsWokenWhenTheTimeHasCome() async throws {
        let first = Task { [clock] in try await clock.sleep(for: .seconds(60)) }
        let second = Task { [clock] in try await clock.sleep(for: .seconds(61)) }
        await clock.sleepers(2)
        clock.advance(by: .seconds(59))
        #expect(clock.sleeperCount == 2)
        clock.advance(by: .seconds(1))
        try await first.value
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(1))
        try await second.value
        #expect(clock.now.offset == .seconds(61))
    }

    @Test func whatIsOverNeedsNoSleep() async throws {
        clock.advance(by: .seconds(5))
        try await clock.sleep(until: .init(offset: .seconds(5)))
        try await clock.sleep(for: .zero)
        #expect(clock.sleeperCount == 0)
    }

    @Test func whoeverIsCancelledSleepsNoLonger() async {
        let sleeper = Task { [clock] in try await clock.sleep(for: .seconds(60)) }
        await clock.sleepers(1)
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
        let early = Task { [clock] in
            while !Task.isCancelled { await Task.yield() }
            try await clock.sleep(for: .seconds(60))
        }
        early.cancel()
        await #expect(throws: CancellationError.self) { try await early.value }
    }
}
