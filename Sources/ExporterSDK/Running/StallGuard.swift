import Dispatch
import Synchronization

/// Runs jobs that may hang, and loses nothing but the one that does.
///
/// The jobs run one after another on one thread, which is the cheapest way while none hangs. When a job has run for
/// longer than `patience`, the thread is left to it and another goes on with the rest. At the deadline `run` returns
/// with what there is. A job that is still stuck from an earlier run is not started again, so nothing piles up: there
/// is at most one lost thread for each key, and `threadsMax` in all.
public final class StallGuard<Key: Hashable & Sendable, Output: Sendable>: Sendable {
    /// A piece of work and the name under which it is known from run to run.
    public struct Job: Sendable {
        let key: Key
        let body: @Sendable () -> Output

        /// A job; jobs of one run must have different keys.
        public init(_ key: Key, _ body: @escaping @Sendable () -> Output) {
            self.key = key
            self.body = body
        }
    }

    /// What became of a job.
    public enum Outcome: Sendable {
        /// It ended in time.
        case done(Output)
        /// It did not end before the deadline, and may still be running.
        case stalled
        /// It was not started: it still runs since an earlier time, or all threads are stuck.
        case skipped
    }

    private let threads: WorkerThreads
    private let patience: Duration
    private let threadsMax: Int
    private let running = Mutex<Set<Key>>([])
    /// Held by the run that is under way until it has ended, or nothing of it is left but stuck jobs.
    private let turn = DispatchSemaphore(value: 1)

    /// A guard whose threads have this name.
    public init(name: String, patience: Duration = .milliseconds(500), threadsMax: Int = 64) {
        threads = WorkerThreads(name: name)
        self.patience = patience
        self.threadsMax = threadsMax
    }

    /// How many jobs run now; between runs, how many are stuck.
    public var runningCount: Int { running.withLock { $0.count } }

    /// Runs the jobs and returns their outcomes in the same order, at the deadline at the latest.
    public func run(_ jobs: [Job], deadline: ContinuousClock.Instant) -> [Outcome] {
        guard turn.wait(timeout: .now() + deadline) == .success else {
            return Array(repeating: .skipped, count: jobs.count)
        }
        let run = Run(jobs: jobs)
        startThread(for: run)
        var hasTurn = true
        while true {
            let wasWoken = run.wake.wait(timeout: .now() + min(deadline, .now + patience)) == .success
            let state = run.look(patience: patience)
            if state == .finished || ContinuousClock.now >= deadline { break }
            if wasWoken { continue }
            if state == .stuckWithWorkLeft { startThread(for: run) }
            if state == .stuck, hasTurn {
                hasTurn = false
                turn.signal()
            }
        }
        if hasTurn { turn.signal() }
        return run.end()
    }

    private func startThread(for run: Run) {
        guard running.withLock({ $0.count }) < threadsMax else { return run.skipRest() }
        let isStarted = threads.run { [self] in work(on: run) }
        if !isStarted { run.skipRest() }
    }

    /// What each thread does: take the next job, until there is none.
    private func work(on run: Run) {
        while let index = run.next(whenFree: { [self] key in running.withLock { $0.insert(key).inserted } }) {
            let output = run.jobs[index].body()
            _ = running.withLock { $0.remove(run.jobs[index].key) }
            run.finish(index, output)
        }
    }

    /// The state of one call of `run`.
    private final class Run: Sendable {
        enum Look { case finished, working, stuckWithWorkLeft, stuck }

        private struct State {
            var next = 0
            var outcomes: [Outcome?]
            var startTimes: [ContinuousClock.Instant?]
            var startedCount = 0
            var isOver = false

            var isFinished: Bool { next == outcomes.count && startedCount == 0 }
        }

        let jobs: [Job]
        let wake = DispatchSemaphore(value: 0)
        private let state: Mutex<State>

        init(jobs: [Job]) {
            self.jobs = jobs
            state = Mutex(
                State(
                    outcomes: Array(repeating: nil, count: jobs.count),
                    startTimes: Array(repeating: nil, count: jobs.count)
                )
            )
        }

        /// The index of the next job whose key can be claimed; nil when there is none. Others are skipped.
        func next(whenFree claim: (Key) -> Bool) -> Int? {
            state.withLock { state in
                while !state.isOver, state.next < jobs.count {
                    let index = state.next
                    state.next += 1
                    if claim(jobs[index].key) {
                        state.startTimes[index] = .now
                        state.startedCount += 1
                        return index
                    }
                    state.outcomes[index] = .skipped
                }
                if state.isFinished { wake.signal() }
                return nil
            }
        }

        func finish(_ index: Int, _ output: Output) {
            state.withLock { state in
                guard !state.isOver else { return }
                state.startTimes[index] = nil
                state.startedCount -= 1
                state.outcomes[index] = .done(output)
            }
        }

        func skipRest() {
            state.withLock { state in
                state.next = jobs.count
                if state.isFinished { wake.signal() }
            }
        }

        func look(patience: Duration) -> Look {
            state.withLock { state in
                if state.isFinished { return .finished }
                let now = ContinuousClock.now
                if state.startTimes.contains(where: { $0.map { now - $0 < patience } ?? false }) { return .working }
                return state.next < jobs.count ? .stuckWithWorkLeft : .stuck
            }
        }

        func end() -> [Outcome] {
            state.withLock { state in
                state.isOver = true
                return state.outcomes.enumerated().map { index, outcome in
                    outcome ?? (state.startTimes[index] == nil ? .skipped : .stalled)
                }
            }
        }
    }
}

extension DispatchTime {
    /// The time of Dispatch's monotonic clock that is as far away as an instant of Swift's.
    ///
    /// A day at most: whoever waits that long may as well wait for ever, and centuries don't fit.
    fileprivate static func + (now: DispatchTime, instant: ContinuousClock.Instant) -> DispatchTime {
        let left = min(instant - ContinuousClock.now, .seconds(86_400)).components
        let nanoseconds = left.seconds * 1_000_000_000 + left.attoseconds / 1_000_000_000
        return now + .nanoseconds(Int(max(0, nanoseconds)))
    }
}
