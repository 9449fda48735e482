import Dispatch
import ExporterSDK
import Glibc
import Synchronization

/// What is asked apart from scrapes, each collector's questions as often as it says, and the answers until the next time.
///
/// A round begins with a scrape at which something is due, so a server that nobody scrapes is not asked. Rounds run one
/// at a time, over a connection of their own, or where other databases are asked too, over one after the other.
final class SlowQuestions: Sendable {
    /// A collector whose questions these are.
    struct Member: Sendable {
        let name: String
        /// The collector whose questions these are.
        let owner: String
        let queries: [Query]
        let interval: Duration
        let scope: Scope
        /// Whether the database of the exporter's own connection is asked at each scrape already.
        let isOnlyOfOtherDatabases: Bool
    }

    private struct Entry {
        let member: Member
        var dueAt: ContinuousClock.Instant
        var outcome: Batch.Outcome?
        /// When the last answers came.
        var answeredAt: ContinuousClock.Instant?
        /// The same, in seconds since 1970.
        var successTime: Double?
        var isUnderWay = false
        var waiting: [DispatchSemaphore] = []
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var isRunning = false
        var failedDatabases = 0
    }

    private let rounds: SlowRound
    private let threads = WorkerThreads(name: "postgres-slow")
    private let state = Mutex(State())

    init(_ rounds: SlowRound) { self.rounds = rounds }

    func add(_ member: Member) {
        state.withLock { $0.entries[member.name] = Entry(member: member, dueAt: .now) }
    }

    /// Forgets a collector's questions and their answers.
    func removeAll(of owner: String) {
        let waiting = state.withLock { state in
            let old = state.entries.values.filter { $0.member.owner == owner }
            for entry in old { state.entries[entry.member.name] = nil }
            return old.flatMap(\.waiting)
        }
        for waiter in waiting { waiter.signal() }
    }

    /// Closes the connection, when the round that runs is done.
    func close() { rounds.close() }

    /// How many databases could not be asked in the last round.
    var failedDatabases: Int { state.withLock { $0.failedDatabases } }

    /// When a collector's questions were answered last, in seconds since 1970.
    func successTime(of name: String) -> Double? { state.withLock { $0.entries[name]?.successTime } }

    // MARK: Rounds

    /// Begins a round if something is due and none runs.
    func beginRound(_ names: Set<String>?) {
        let due = takeDue(names)
        guard !due.isEmpty else { return }
        if !threads.run({ [self] in run(due) }) { end(due, [:]) }
    }

    private func takeDue(_ names: Set<String>?) -> [Member] {
        state.withLock { state in
            guard !state.isRunning else { return [] }
            let now = ContinuousClock.now
            let due = state.entries.values.filter { $0.dueAt <= now && (names?.contains($0.member.owner) ?? true) }
            for entry in due { state.entries[entry.member.name]?.isUnderWay = true }
            state.isRunning = !due.isEmpty
            return due.map(\.member).sorted { $0.name < $1.name }
        }
    }

    private func run(_ members: [Member]) {
        let (outcomes, failedDatabases) = rounds.ask(members)
        state.withLock { $0.failedDatabases = failedDatabases }
        end(members, outcomes)
    }

    private func end(_ members: [Member], _ outcomes: [String: Batch.Outcome]) {
        let waiting = state.withLock { state in
            var waiting: [DispatchSemaphore] = []
            let now = ContinuousClock.now
            for member in members {
                guard var entry = state.entries[member.name] else { continue }
                entry.isUnderWay = false
                waiting += entry.waiting
                entry.waiting = []
                let outcome = outcomes[member.name] ?? .failed("no answer")
                if case .failed = outcome {
                    // Soon again, but not at each scrape: it may be what hurts the server.
                    entry.dueAt = now + min(member.interval, .seconds(60))
                    // Old answers are better than none, for a while.
                    if isStale(entry) { entry.outcome = outcome }
                } else {
                    entry.dueAt = now + member.interval
                    entry.outcome = outcome
                    entry.answeredAt = now
                    entry.successTime = Self.time
                }
                state.entries[member.name] = entry
            }
            state.isRunning = false
            return waiting
        }
        for waiter in waiting { waiter.signal() }
    }

    /// Whether the answers are too old to stand for what is now.
    private func isStale(_ entry: Entry) -> Bool {
        guard let answeredAt = entry.answeredAt else { return true }
        return .now - answeredAt > entry.member.interval * 3 + .seconds(60)
    }

    private static var time: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    // MARK: Answers

    /// The answers that there are by now; none where there are none yet.
    func answersSoFar(to name: String) -> [Answer] {
        state.withLock { state in
            guard let entry = state.entries[name], !isStale(entry), case .answers(let answers)? = entry.outcome else {
                return []
            }
            return answers
        }
    }

    /// The answers that there are; waits where there never were any, at most until the instant.
    func answers(to name: String, until deadline: ContinuousClock.Instant) throws(CollectorError) -> [Answer] {
        let (known, waiter): (Batch.Outcome?, DispatchSemaphore?) = state.withLock { state in
            guard var entry = state.entries[name] else { return (.failed("nothing is asked for it"), nil) }
            if let outcome = entry.outcome, !isStale(entry) { return (outcome, nil) }
            guard entry.isUnderWay else { return (entry.outcome, nil) }
            let waiter = DispatchSemaphore(value: 0)
            entry.waiting.append(waiter)
            state.entries[name] = entry
            return (nil, waiter)
        }
        if let waiter {
            let left = Int(max(0, (deadline - ContinuousClock.now) / .nanoseconds(1)).rounded())
            _ = waiter.wait(timeout: .now() + .nanoseconds(left))
        }
        switch known ?? state.withLock({ $0.entries[name]?.outcome }) {
        case .answers(let answers)?: return answers
        case .absent(let reason)?: throw .absent(reason)
        case .failed(let reason)?: throw .failed(reason)
        case nil: throw .failed("the first answer is not there yet")
        }
    }
}
