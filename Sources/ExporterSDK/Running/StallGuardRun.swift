import NIOCore
import Synchronization

extension StallGuard {
    /// One call of `run`; whoever keeps its time looks after it every now and then.
    final class Run: Sendable {
        enum Look { case over, working, stuckWithWorkLeft, stuck }

        private struct State {
            var next = 0
            var outcomes: [Outcome?]
            var startTimes: [ContinuousClock.Instant?]
            var startedCount = 0
            var isOver = false

            var isFinished: Bool { next == outcomes.count && startedCount == 0 }
        }

        let jobs: [Job]
        let whenEnded: @Sendable ([Outcome]) -> Void
        private let state: Mutex<State>

        init(jobs: [Job], whenEnded: @escaping @Sendable ([Outcome]) -> Void) {
            self.jobs = jobs
            self.whenEnded = whenEnded
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

        func skipRest() { state.withLock { $0.next = jobs.count } }

        var isFinished: Bool { state.withLock { $0.isFinished } }

        func look(patience: Duration) -> Look {
            state.withLock { state in
                if state.isOver { return .over }
                let now = ContinuousClock.now
                if state.startTimes.contains(where: { $0.map { now - $0 < patience } ?? false }) { return .working }
                return state.next < jobs.count ? .stuckWithWorkLeft : .stuck
            }
        }

        /// What became of the jobs, told once: nil from the second call on.
        func end() -> [Outcome]? {
            state.withLock { state in
                guard !state.isOver else { return nil }
                state.isOver = true
                // Given away, not copied: whoever keeps time may hold this for a while, and buffers would be copied.
                defer { state.outcomes = [] }
                return state.outcomes.enumerated().map { index, outcome in
                    outcome ?? (state.startTimes[index] == nil ? .skipped : .stalled)
                }
            }
        }
    }
}

/// The time of a run, and when somebody looks after it next.
final class RunTime: Sendable {
    let deadline: ContinuousClock.Instant
    let nextLook = Mutex<Scheduled<Void>?>(nil)

    init(_ deadline: ContinuousClock.Instant) { self.deadline = deadline }

    /// To be called when the run has ended; before that, nobody would look after it any more.
    func stop() { nextLook.withLock { $0 }?.cancel() }
}
