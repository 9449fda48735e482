import Dispatch
import Synchronization
import Testing

@testable import ExporterSDK

/// A job that hangs costs itself, not the others, and is not started again.
struct StallGuardTests {
    private typealias Guarded = StallGuard<String, Int>

    @Test func runsAllInOrder() {
        let outcomes = Guarded(name: "test").run(
            (0..<100).map { number in .init("\(number)") { number } },
            deadline: .now + .seconds(10)
        )
        #expect(outcomes.map(value) == Array(0..<100))
    }

    @Test func anEmptyRunReturnsAtOnce() {
        #expect(Guarded(name: "test").run([], deadline: .now + .seconds(10)).isEmpty)
    }

    @Test(arguments: [1, 3, 6])
    func stuckJobsCostOnlyThemselves(stuck: Int) {
        let guarded = Guarded(name: "test", patience: .milliseconds(20))
        let release = DispatchSemaphore(value: 0)
        let starts = Mutex(0)
        let stuckJobs = (0..<stuck).map { number in
            Guarded.Job("stuck \(number)") {
                starts.withLock { $0 += 1 }
                release.wait()
                return -1
            }
        }
        let goodJobs = (0..<10).map { number in Guarded.Job("good \(number)") { number } }

        let first = guarded.run(stuckJobs + goodJobs, deadline: .now + .seconds(2))
        #expect(first.prefix(stuck).allSatisfy { if case .stalled = $0 { true } else { false } })
        #expect(first.dropFirst(stuck).map(value) == Array(0..<10))

        for _ in 0..<100 {
            let later = guarded.run(stuckJobs + goodJobs, deadline: .now + .seconds(2))
            #expect(later.prefix(stuck).allSatisfy { if case .skipped = $0 { true } else { false } })
            #expect(later.dropFirst(stuck).map(value) == Array(0..<10))
        }
        #expect(starts.withLock { $0 } == stuck)
        #expect(guarded.runningCount == stuck)

        for _ in 0..<stuck { release.signal() }
        var freed: [Int?] = []
        for _ in 0..<200 where guarded.runningCount > 0 { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + 0.01) }
        for _ in 0..<stuck { release.signal() }
        freed = guarded.run(stuckJobs, deadline: .now + .seconds(2)).map(value)
        #expect(freed == Array(repeating: -1, count: stuck))
    }

    @Test func lostThreadsAreBounded() {
        let guarded = Guarded(name: "test", patience: .milliseconds(5), threadsMax: 2)
        let release = DispatchSemaphore(value: 0)
        let jobs = (0..<5).map { number in
            Guarded.Job("\(number)") {
                release.wait()
                return number
            }
        }
        let outcomes = guarded.run(jobs, deadline: .now + .milliseconds(500))
        #expect(outcomes.count { if case .stalled = $0 { true } else { false } } == 2)
        #expect(outcomes.count { if case .skipped = $0 { true } else { false } } == 3)
        for _ in 0..<5 { release.signal() }
    }

    @Test func aRunThatOnlyWaitsForStuckJobsHoldsNobodyUp() async {
        let guarded = Guarded(name: "test", patience: .milliseconds(10))
        let release = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
        WorkerThreads(name: "first").run {
            _ = guarded.run([.init("stuck") { release.waitForever() }], deadline: .now + .seconds(30))
            ended.signal()
        }
        while guarded.runningCount == 0 { await Task.yield() }
        let outcomes = guarded.run([.init("good") { 1 }], deadline: .now + .seconds(20))
        #expect(outcomes.map(value) == [1])
        release.signal()
        ended.waitForever()
    }

    private func value(_ outcome: Guarded.Outcome) -> Int? {
        if case .done(let value) = outcome { value } else { nil }
    }
}

extension DispatchSemaphore {
    @discardableResult
    fileprivate func waitForever() -> Int {
        wait()
        return 0
    }
}
