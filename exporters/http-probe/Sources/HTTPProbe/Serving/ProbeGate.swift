import Synchronization

/// Lets a bounded number of probes run at once; further ones wait in turn, and those beyond are turned away.
final class ProbeGate: Sendable {
    typealias Work = @Sendable (_ leave: @escaping @Sendable () -> Void) -> Void

    /// What became of who wanted to enter.
    enum Entry: Equatable {
        case ran
        /// Waits; the number takes it back.
        case waits(Int)
        case refused
    }

    private struct State {
        var running = 0
        /// By number, in turn; those that withdrew leave gaps.
        var waiting: [Int: Work] = [:]
        var first = 0
        var next = 0

        /// The one whose turn it is.
        mutating func take() -> Work? {
            while first < next {
                defer { first += 1 }
                if let work = waiting.removeValue(forKey: first) { return work }
            }
            return nil
        }
    }

    let limit: Int
    private let queueMax: Int
    private let state = Mutex(State())

    init(limit: Int, queueMax: Int) {
        self.limit = max(1, limit)
        self.queueMax = queueMax
    }

    var running: Int { state.withLock { $0.running } }
    var queued: Int { state.withLock { $0.waiting.count } }

    /// Runs the work when there is a place; it calls what it is given when it is done. Refused where the queue is full,
    /// unless the work `mustRun`, whose number somebody else bounds.
    @discardableResult
    func enter(mustRun: Bool = false, _ work: @escaping Work) -> Entry {
        let entry = state.withLock { state in
            if state.running < limit {
                state.running += 1
                return Entry.ran
            }
            guard mustRun || state.waiting.count < queueMax else { return .refused }
            state.waiting[state.next] = work
            defer { state.next += 1 }
            return .waits(state.next)
        }
        if entry == .ran { work { [self] in leave() } }
        return entry
    }

    /// Gives up waiting; false where its turn has come already.
    func withdraw(_ number: Int) -> Bool { state.withLock { $0.waiting.removeValue(forKey: number) != nil } }

    private func leave() {
        let work: Work? = state.withLock { state in
            guard let work = state.take() else {
                state.running -= 1
                return nil
            }
            return work
        }
        work? { [self] in leave() }
    }
}
