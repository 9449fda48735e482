import Dispatch
import ExporterSDK
import Synchronization

/// All that one scrape asks, sent to the server at once; each collector waits for its own part.
///
/// One part that fails, or that the server does not come to, leaves the others as they are.
final class Batch: Sendable {
    /// What became of a collector's part.
    enum Outcome: Sendable {
        case answers([Answer])
        /// The server has nothing of what was asked for.
        case absent(String)
        case failed(String)
    }

    private final class Part: Sendable {
        let outcome = Mutex<Outcome?>(nil)
        let isThere = DispatchSemaphore(value: 0)
    }

    /// The questions by the collector's name, in the order in which they are asked.
    let questions: [(name: String, queries: [Query])]
    /// When the answer to the scraper is put together.
    let deadline: ContinuousClock.Instant

    private let parts: [String: Part]
    /// Whether the server was reached at all; its answer has no rows.
    private let reach = Part()
    /// Whether the server's role is looked at, on which other questions may depend.
    let looksAtRole: Bool
    private let state = Mutex(State())

    /// What is known of the server and the connection; see ``BatchSummary``.
    private struct State {
        var summary: BatchSummary?
    }
    private let summaryIsThere = DispatchSemaphore(value: 0)

    init(
        _ questions: [(name: String, queries: [Query])],
        deadline: ContinuousClock.Instant,
        looksAtRole: Bool = true
    ) {
        self.looksAtRole = looksAtRole
        self.questions = questions
        self.deadline = deadline
        parts = Dictionary(questions.map { ($0.name, Part()) }) { first, _ in first }
    }

    // MARK: The asking side

    /// Sets what became of a part, once.
    func set(_ name: String, _ outcome: Outcome) {
        parts[name].map { set($0, outcome) }
    }

    /// Says that the server answers.
    func setReached() { set(reach, .answers([])) }

    private func set(_ part: Part, _ outcome: Outcome) {
        let isNew = part.outcome.withLock { known in
            guard known == nil else { return false }
            known = outcome
            return true
        }
        if isNew { part.isThere.signal() }
    }

    /// Sets what became of the whole, and fails the parts that nothing was heard of.
    func end(_ summary: BatchSummary) {
        let isNew = state.withLock { state in
            guard state.summary == nil else { return false }
            state.summary = summary
            return true
        }
        guard isNew else { return }
        for name in parts.keys { set(name, .failed(summary.error ?? "no answer")) }
        set(reach, .failed(summary.error ?? "no answer"))
        summaryIsThere.signal()
    }

    /// Whether a part failed.
    var hasFailures: Bool {
        parts.values.contains { part in
            part.outcome.withLock { outcome in if case .failed = outcome { true } else { false } }
        }
    }

    // MARK: The waiting side

    /// The answers to a collector's questions; waits for them, at most until the deadline.
    func answers(to name: String) throws(CollectorError) -> [Answer] {
        guard let part = parts[name] else { throw .failed("nothing was asked for it") }
        return try answers(of: part)
    }

    /// Waits until the server has answered anything; throws where it does not.
    func awaitServer() throws(CollectorError) { _ = try answers(of: reach) }

    private func answers(of part: Part) throws(CollectorError) -> [Answer] {
        let outcome = part.outcome.withLock { $0 }
        if outcome == nil { wait(for: part.isThere) }
        switch outcome ?? part.outcome.withLock({ $0 }) {
        case .answers(let answers): return answers
        case .absent(let reason): throw .absent(reason)
        case .failed(let reason): throw .failed(reason)
        case nil: throw .failed("the server did not answer in time")
        }
    }

    /// What became of a part, when the whole has ended.
    func outcome(of name: String) -> Outcome {
        parts[name].flatMap { part in part.outcome.withLock { $0 } } ?? .failed("no answer")
    }

    /// How the whole went; waits for it, at most until the deadline.
    func summary() -> BatchSummary {
        if let summary = state.withLock({ $0.summary }) { return summary }
        wait(for: summaryIsThere)
        return state.withLock { $0.summary } ?? BatchSummary(error: "the server did not answer in time")
    }

    private func wait(for signal: DispatchSemaphore) {
        let left = deadline - ContinuousClock.now
        let nanoseconds = Int(max(0, left / .nanoseconds(1)).rounded())
        if signal.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success {
            // For whoever else waits for the same.
            signal.signal()
        }
    }
}

/// How a batch went as a whole.
struct BatchSummary: Sendable {
    /// What is known of the server; nil where it was not reached.
    var facts: ServerFacts?
    /// Why there are no answers, or not all; nil where the server answered.
    var error: String?
    /// From the sending of the questions to the last answer.
    var duration = Duration.zero
}
