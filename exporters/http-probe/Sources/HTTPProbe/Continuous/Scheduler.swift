import Dispatch
import ExporterSDK
import Exposition
import Glibc
import Instruments
import Synchronization

/// Probes targets at their intervals, thousands of them from one thread, spread over time by what they are called.
final class Scheduler: Sendable {
    private struct State {
        var queue = TargetQueue()
        var targets: [ContinuousTarget] = []
        var isRunning = false
    }

    private let engine: ProbeEngine
    private let gate: ProbeGate
    private let counters: ProbeCounters
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let threads = WorkerThreads(name: "scheduler")

    init(_ engine: ProbeEngine, _ gate: ProbeGate, _ counters: ProbeCounters) {
        self.engine = engine
        self.gate = gate
        self.counters = counters
    }

    var targets: [ContinuousTarget] { state.withLock { $0.targets } }

    /// Probes these from now on; those that were there before keep their counts and their turns.
    func replace(_ new: [ContinuousTarget]) {
        let starts = state.withLock { state in
            var known: [LabelSet: ContinuousTarget] = [:]
            for target in state.targets { known[target.labels] = target }
            var turns: [ObjectIdentifier: UInt64] = [:]
            state.queue.forEach { turns[ObjectIdentifier($0.target)] = $0.due }
            state.queue = TargetQueue()
            state.targets = []
            // Not while the program still starts.
            let start = monotonicNow().adding(.milliseconds(200))
            for target in new {
                let old = known[target.labels]
                let target = old.map { ContinuousTarget(target, countingOn: $0) } ?? target
                state.targets.append(target)
                let isSame = old?.intervalNanoseconds == target.intervalNanoseconds
                let due = isSame ? old.flatMap { turns[ObjectIdentifier($0)] } : nil
                state.queue.insert(TargetQueue.Turn(due: due ?? start + Self.offset(of: target), target: target))
            }
            defer { state.isRunning = state.isRunning || !new.isEmpty }
            return !state.isRunning && !new.isEmpty
        }
        if starts { threads.run { [self] in run() } } else { wake.signal() }
    }

    /// The same target has its turn at the same place in each interval, as far as possible from others.
    private static func offset(of target: ContinuousTarget) -> UInt64 {
        let hash = target.labels.bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return hash % max(1, target.intervalNanoseconds)
    }

    private func run() {
        while true {
            let now = monotonicNow()
            let (due, next) = takeDue(now)
            for turn in due { probe(turn) }
            let rest = next > now ? next - now : 0
            _ = wake.wait(timeout: .now() + .nanoseconds(Int(min(rest, 1_000_000_000))))
        }
    }

    /// What is due, with its next turn planned, and when the first of the rest is.
    private func takeDue(_ now: UInt64) -> ([TargetQueue.Turn], UInt64) {
        state.withLock { state in
            var due: [TargetQueue.Turn] = []
            while let first = state.queue.first, first.due <= now, let turn = state.queue.popFirst() {
                due.append(turn)
                let interval = turn.target.intervalNanoseconds
                let late = (now - turn.due) / interval
                if late > 0 { counters.missed.increment(by: Int(late)) }
                state.queue.insert(TargetQueue.Turn(due: turn.due + interval * (late + 1), target: turn.target))
            }
            return (due, state.queue.first?.due ?? .max)
        }
    }

    private func probe(_ turn: TargetQueue.Turn) {
        let target = turn.target
        guard target.ledger.begin() else { return counters.missed.increment() }
        let jitter = UInt64(0).adding(target.configuration.jitter)
        guard jitter > 0 else { return enter(turn) }
        let delay = UInt64.random(in: 0..<jitter)
        var later = turn
        later.due += delay
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(delay))) { [self, later] in enter(later) }
    }

    private func enter(_ turn: TargetQueue.Turn) {
        // Each target is in the queue once at most, so their number bounds it.
        gate.enter(mustRun: true) { [self] leave in
            let target = turn.target
            let now = monotonicNow()
            counters.lateness.observe(now.seconds(since: turn.due))
            let timeout = min(target.plan.timeout ?? .seconds(10), max(target.configuration.interval, .seconds(1)))
            let request = ProbeRequest(plan: target.plan, target: target.url, deadline: now.adding(timeout))
            engine.start(request) { result in
                target.record(result, at: secondsSince1970())
                leave()
            }
        }
    }
}
