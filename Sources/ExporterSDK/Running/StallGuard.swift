import Dispatch
import NIOCore
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

    private struct Turns {
        /// The run that is under way until it has ended, or nothing of it is left but stuck jobs.
        var current: Run?
        var waiting: [Run] = []
    }

    private let threads: WorkerThreads
    private let patience: Duration
    private let threadsMax: Int
    private let running = Mutex<Set<Key>>([])
    private let turns = Mutex(Turns())

    /// A guard whose threads have this name.
    public init(name: String, patience: Duration = .milliseconds(500), threadsMax: Int = 64) {
        threads = WorkerThreads(name: name)
        self.patience = patience
        self.threadsMax = threadsMax
    }

    /// How many jobs run now; between runs, how many are stuck.
    public var runningCount: Int { running.withLock { $0.count } }

    /// Runs the jobs and returns their outcomes in the same order, at the deadline at the latest. Blocks until then.
    public func run(_ jobs: [Job], deadline: ContinuousClock.Instant) -> [Outcome] {
        let ended = Ended()
        let run = begin(jobs) { ended.set($0) }
        while true {
            if let outcomes = ended.wait(until: min(deadline, .now + patience)) { return outcomes }
            if ContinuousClock.now < deadline { tend(run) } else { complete(run) }
        }
    }

    /// Runs the jobs and calls `whenEnded` with their outcomes in the same order, at the deadline at the latest, on a
    /// thread that may block. The event loop only keeps the time: no thread waits, and none has to be woken.
    ///
    /// The time that is returned can be stopped when the outcomes are there, so that it need not run out for nothing.
    func run(
        _ jobs: [Job],
        deadline: ContinuousClock.Instant,
        timer loop: any EventLoop,
        whenEnded: @escaping @Sendable ([Outcome]) -> Void
    ) -> RunTime {
        let time = RunTime(deadline)
        keepTime(time, of: begin(jobs, whenEnded), loop)
        return time
    }

    private func keepTime(_ time: RunTime, of run: Run, _ loop: any EventLoop) {
        let left = min(time.deadline - .now, patience)
        let look = loop.scheduleTask(in: TimeAmount(max(left, .zero))) { [self] in
            if ContinuousClock.now < time.deadline {
                tend(run)
                if run.look(patience: patience) != .over { keepTime(time, of: run, loop) }
            } else if run.look(patience: patience) != .over, !threads.run({ [self] in complete(run) }) {
                complete(run)
            }
        }
        time.nextLook.withLock { $0 = look }
    }

    // MARK: Turns

    private func begin(_ jobs: [Job], _ whenEnded: @escaping @Sendable ([Outcome]) -> Void) -> Run {
        let run = Run(jobs: jobs, whenEnded: whenEnded)
        let hasTurn = turns.withLock { turns in
            guard turns.current != nil else {
                turns.current = run
                return true
            }
            turns.waiting.append(run)
            return false
        }
        if hasTurn { startThread(for: run) }
        return run
    }

    /// Gives the turn to the next run, if this one has it, and forgets it, if it waits.
    private func passTurn(of run: Run) {
        let next: Run? = turns.withLock { turns in
            guard turns.current === run else {
                turns.waiting.removeAll { $0 === run }
                return nil
            }
            turns.current = turns.waiting.isEmpty ? nil : turns.waiting.removeFirst()
            return turns.current
        }
        if let next { startThread(for: next) }
    }

    private func hasTurn(_ run: Run) -> Bool { turns.withLock { $0.current === run } }

    /// Sees whether a run goes on, and helps it where it does not.
    private func tend(_ run: Run) {
        guard hasTurn(run) else { return }
        switch run.look(patience: patience) {
        case .stuckWithWorkLeft: startThread(for: run)
        case .stuck: passTurn(of: run)
        case .over, .working: break
        }
    }

    private func complete(_ run: Run) {
        guard let outcomes = run.end() else { return }
        passTurn(of: run)
        run.whenEnded(outcomes)
    }

    // MARK: Threads

    private func startThread(for run: Run) {
        let isStarted =
            running.withLock { $0.count } < threadsMax && threads.run { [self] in work(on: run) }
        guard !isStarted else { return }
        run.skipRest()
        if run.isFinished { complete(run) }
    }

    /// What each thread does: take the next job, until there is none.
    private func work(on run: Run) {
        while let index = run.next(whenFree: { [self] key in running.withLock { $0.insert(key).inserted } }) {
            let output = run.jobs[index].body()
            _ = running.withLock { $0.remove(run.jobs[index].key) }
            run.finish(index, output)
        }
        if run.isFinished { complete(run) }
    }

    /// Outcomes that a thread waits for.
    private final class Ended: Sendable {
        private let outcomes = Mutex<[Outcome]?>(nil)
        private let wake = DispatchSemaphore(value: 0)

        func set(_ value: [Outcome]) {
            outcomes.withLock { $0 = value }
            wake.signal()
        }

        func wait(until instant: ContinuousClock.Instant) -> [Outcome]? {
            wake.wait(timeout: .now() + instant) == .success ? outcomes.withLock { $0 } : nil
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
