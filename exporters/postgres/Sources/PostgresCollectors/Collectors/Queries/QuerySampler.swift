import ExporterSDK
import Exposition
import Glibc
import Synchronization

/// Looks at the sessions of a server several times a second, over a connection and on a thread of its own.
///
/// It begins with the first scrape that wants what it finds, and ends when none has come for a few minutes.
final class QuerySampler: Sendable {
    /// What it has found so far.
    struct Findings: Sendable {
        var durations = QueryDurations()
        var counts = StatementCounts()
        var samples = 0
        var failures = 0
        /// Time in waiting for the server's answers, which is at least what looking costs the server.
        var seconds = 0.0
        var lastError: String?
        /// Why there is nothing to look at.
        var absence: String?
    }

    private struct State {
        var findings = Findings()
        var wantedAt = ContinuousClock.now
        var isRunning = false
    }

    /// Without a scrape for so long, nobody wants to know any more.
    private static let wantedFor = Duration.seconds(300)
    private static let countInterval = Duration.seconds(5)
    private static let standbyInterval = Duration.seconds(1)

    private let settings: ConnectionSettings
    private let limits: SessionLimits
    private let counters: SessionCounters
    private let period: Duration
    /// Takes what is seen of a standby.
    private let noteStandby: @Sendable (StandbyLag.Observation) -> Void
    private let threads = WorkerThreads(name: "postgres-look")
    private let state = Mutex(State())

    init(
        _ settings: ConnectionSettings,
        _ limits: SessionLimits,
        counters: SessionCounters,
        frequency: Int,
        noteStandby: @escaping @Sendable (StandbyLag.Observation) -> Void
    ) {
        self.settings = settings
        self.limits = limits
        self.counters = counters
        self.noteStandby = noteStandby
        period = .seconds(1) / max(1, min(frequency, 100))
    }

    /// What was found; begins to look where it does not yet.
    func findings() -> Findings {
        let (findings, needsStart) = state.withLock { state in
            state.wantedAt = .now
            defer { state.isRunning = true }
            return (state.findings, !state.isRunning)
        }
        if needsStart, !threads.run({ [self] in look() }) { state.withLock { $0.isRunning = false } }
        return findings
    }

    /// The sessions that run something, and those that rest and ended something in the last seconds: a look can be late
    /// where the processors have much else to do, and what was counted is not counted again.
    private static let sessionsQuery = Query(
        "pg_stat_activity",
        from: """
            $relation a CROSS JOIN clock_timestamp() AS n (now) WHERE a.backend_type = 'client backend' \
            AND a.pid <> pg_backend_pid() AND a.query_start IS NOT NULL AND (a.state = 'active' OR \
            (a.state_change > n.now - interval '5 seconds' \
            AND a.state_change - a.query_start > interval '\(QueryDurations.bounds[0]) seconds'))
            """,
        [
            .value("pid", "a.pid"),
            .value("database", "a.datname"),
            .value("start", "extract(epoch FROM a.query_start)"),
            .value(
                "seconds",
                "extract(epoch FROM CASE WHEN a.state = 'active' THEN n.now ELSE a.state_change END - a.query_start)"
            ),
            .value("active", "a.state = 'active'"),
            .value("wait_type", "a.wait_event_type"),
            .value("wait_event", "a.wait_event"),
        ]
    )

    private static let countQueries = StatementTimes.queries(
        by: [.value("database", "(SELECT datname FROM pg_database WHERE oid = s.dbid)")],
        [
            .value("calls", "sum(s.calls)", needs: ["calls"]),
            .value("total", "sum(s.total_exec_time) / 1000", needs: ["total_exec_time"]),
        ]
    )

    /// The thread's work.
    private func look() {
        let sessions = Self.sessionsQuery
        let queries = [sessions, StandbyObservation.query] + Self.countQueries
        var session = SessionState(settings, limits, counters) { Set(queries.flatMap(\.mentions)) }
        var last = ContinuousClock.now
        var countedAt: ContinuousClock.Instant?
        var standbyAt: ContinuousClock.Instant?
        while state.withLock({ state in
            state.isRunning = .now - state.wantedAt < Self.wantedFor
            return state.isRunning
        }) {
            let start = ContinuousClock.now
            var questions: [(name: String, queries: [Query])] = [("sessions", [sessions])]
            if isDue(&countedAt, Self.countInterval) { questions.append(("counts", Self.countQueries)) }
            if isDue(&standbyAt, Self.standbyInterval) { questions.append(("standby", [StandbyObservation.query])) }
            let looksAtRole = questions.contains { $0.name == "standby" }
            let deadline = start + limits.statement + limits.margin
            let batch = Batch(questions, deadline: deadline, looksAtRole: looksAtRole)
            session.serve(batch)
            let elapsed = start - last
            last = start
            note(batch, elapsed: elapsed, took: .now - start)
            // Where the server can't be asked, not as often.
            let pause = batch.summary().error == nil ? period : max(period, .seconds(1))
            let left = start + pause - .now
            if left > .zero { usleep(UInt32(left / .microseconds(1))) }
        }
    }

    private func isDue(_ time: inout ContinuousClock.Instant?, _ interval: Duration) -> Bool {
        if let known = time, .now - known < interval { return false }
        time = .now
        return true
    }

    private func note(_ batch: Batch, elapsed: Duration, took: Duration) {
        let seen = batch.outcome(of: "sessions")
        let sessions = Self.sessions(seen)
        let counts = Self.counts(batch.outcome(of: "counts"))
        if case .answers(let answers) = batch.outcome(of: "standby"), let answer = answers.first,
            let seen = (try? StandbyObservation(answer))?.forLag
        {
            noteStandby(seen)
        }
        state.withLock { state in
            state.findings.samples += 1
            state.findings.seconds += took / .seconds(1)
            if let sessions {
                // After a pause nobody knows what was meanwhile.
                state.findings.durations.note(sessions, after: min(elapsed / .seconds(1), 1))
            } else if case .absent(let reason) = seen {
                state.findings.absence = reason
            } else {
                state.findings.failures += 1
            }
            if let counts { state.findings.counts.note(counts) }
            state.findings.lastError = batch.summary().error
        }
    }

    // MARK: Answers

    private static func sessions(_ outcome: Batch.Outcome) -> [QueryDurations.Session]? {
        guard case .answers(let answers) = outcome, let answer = answers.first else { return nil }
        return (0..<answer.rows.count).compactMap { row in
            guard let pid = answer[row, "pid"]?.int, let start = answer[row, "start"]?.double,
                let seconds = answer[row, "seconds"]?.double
            else { return nil }
            return QueryDurations.Session(
                pid: pid,
                database: answer[row, "database"]?.text ?? "",
                start: start,
                seconds: seconds,
                isActive: answer[row, "active"].map { $0 == "t" } ?? false,
                waitType: answer[row, "wait_type"]?.text ?? "",
                waitEvent: answer[row, "wait_event"]?.text ?? ""
            )
        }
    }

    private static func counts(_ outcome: Batch.Outcome) -> [String: StatementCounts.Total]? {
        guard case .answers(let answers) = outcome, let answer = answers.first else { return nil }
        var totals: [String: StatementCounts.Total] = [:]
        for row in 0..<answer.rows.count {
            guard let database = answer[row, "database"]?.text, let calls = answer[row, "calls"]?.double,
                let seconds = answer[row, "total"]?.double
            else { continue }
            totals[database] = StatementCounts.Total(calls: calls, seconds: seconds)
        }
        return totals
    }
}
