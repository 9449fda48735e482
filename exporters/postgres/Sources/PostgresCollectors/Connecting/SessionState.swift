import ExporterSDK
import Synchronization

/// The connection of a session and what is known of the server; used by the session's thread only.
struct SessionState {
    private let settings: ConnectionSettings
    private let limits: SessionLimits
    private let counters: SessionCounters
    private let mentions: @Sendable () -> Set<CatalogName>

    private var connection: Connection?
    private var facts = ServerFacts()
    /// Plans for the server as it is now, by the collector.
    private var plans: [String: [Plan]] = [:]
    private var catalogIsDue = ContinuousClock.now
    private var failedAttempts = 0
    private var nextAttempt = ContinuousClock.now
    private var lastFailure = ""

    /// How often the catalogs are read again: an extension may have been made meanwhile.
    private static let catalogInterval = Duration.seconds(60)

    init(
        _ settings: ConnectionSettings,
        _ limits: SessionLimits,
        _ counters: SessionCounters,
        _ mentions: @escaping @Sendable () -> Set<CatalogName>
    ) {
        self.settings = settings
        self.limits = limits
        self.counters = counters
        self.mentions = mentions
    }

    /// Asks all that is in the batch, and ends it.
    mutating func serve(_ batch: Batch) {
        let start = ContinuousClock.now
        let deadline = min(batch.deadline - limits.margin(of: batch.deadline - start), start + limits.batch)
        var summary = BatchSummary()
        do throws(PostgresError) {
            guard start < deadline else { throw .connection("timeout: the server was busy with an earlier scrape") }
            try ask(batch, until: deadline)
            summary.facts = facts
        } catch {
            summary.error = error.description
        }
        summary.duration = .now - start
        batch.end(summary)
    }

    private mutating func ask(_ batch: Batch, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        let isReused = connection != nil
        do throws(PostgresError) {
            try askOnce(batch, until: deadline)
        } catch {
            // A connection that rested may have died meanwhile, with a server that is well again: try that once.
            guard isReused, connection == nil, ContinuousClock.now < deadline else { throw error }
            try askOnce(batch, until: deadline)
        }
    }

    private mutating func askOnce(_ batch: Batch, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        try connect(until: deadline)
        guard let connection else { return }
        do throws(PostgresError) {
            // Once more where the server turns out to have another role, or other catalogs, than was thought.
            if facts.isConsole {
                try putToConsole(batch, connection, until: deadline)
            } else {
                for _ in 0..<3 { if try put(batch, to: connection, until: deadline) { break } }
            }
        } catch {
            if ContinuousClock.now >= deadline {
                counters.giveUps.add(1, ordering: .relaxed)
                connection.cancel()
            }
            self.connection = nil
            throw error
        }
    }

    // MARK: Connecting

    private mutating func connect(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        guard connection == nil else { return }
        guard ContinuousClock.now >= nextAttempt else { throw .connection(lastFailure) }
        let limit = min(deadline, .now + limits.connect)
        do throws(PostgresError) {
            let new = try Connection.open(try settings.parameters(), limits, until: limit)
            counters.connections.add(1, ordering: .relaxed)
            try prepare(new, until: limit)
            connection = new
            failedAttempts = 0
        } catch {
            counters.failures.add(1, ordering: .relaxed)
            lastFailure = settings.withoutSecrets(error.description)
            // A scraper that comes every 15 seconds always finds an attempt due; many at once don't each make one.
            failedAttempts += 1
            nextAttempt = .now + min(.milliseconds(250 << min(failedAttempts, 6)), .seconds(10))
            throw PostgresError(code: error.code, message: lastFailure)
        }
    }

    /// Learns what the server is, and sets up the session on it.
    private mutating func prepare(_ new: Connection, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        plans = [:]
        facts = ServerFacts()
        facts.version = new.serverVersion
        facts.server = new.server
        facts.isConsole = new.isConsole
        guard !facts.isConsole else { return }
        // Not before it is known whether a pooler is in between.
        new.preparesStatements = false
        var answer: Result<[Rows], PostgresError> = .success([])
        let first = """
            SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), \
            pg_catalog.current_setting('search_path')
            """
        try new.run([[first]], until: deadline) { answer = $1 }
        let rows = try answer.get()
        // A pooler tells its clients numbers of its own.
        facts.isPooled = rows.first?[0, 0]?.int != Int(new.backendID)
        facts.isInRecovery = rows.first?[0, 1].map { $0 == "t" } ?? false
        facts.searchPath = rows.first?[0, 2]?.text ?? ""
        new.preparesStatements = !facts.isPooled
        var steps = [[Catalog.sql(for: mentions())]]
        // Set after connecting, not by startup options, which poolers refuse; and never on a process of a pooler, where
        // the next client would have it.
        if !facts.isPooled { steps.insert([settingsSQL(local: false)], at: 0) }
        var results: [Result<[Rows], PostgresError>] = []
        try new.run(steps, until: deadline) { results.append($1) }
        for result in results { if case .failure(let error) = result { throw error } }
        if case .success(let rows)? = results.last, let rows = rows.first { facts.catalog = Catalog(rows) }
        catalogIsDue = .now + Self.catalogInterval
    }

    /// Sets what the session needs, for all of it or for the transaction.
    private func settingsSQL(local: Bool) -> String {
        let settings = [
            ("application_name", "postgres_exporter"),
            // Names of ours mean the catalogs' own, whatever somebody made in a schema of theirs.
            ("search_path", "pg_catalog"),
            ("lock_timeout", Self.milliseconds(limits.lock)),
            ("statement_timeout", Self.milliseconds(limits.statement)),
            ("default_transaction_read_only", "on"),
            ("idle_in_transaction_session_timeout", Self.milliseconds(limits.batch)),
            ("jit", "off"),
            ("DateStyle", "ISO"),
            ("extra_float_digits", "1"),
            // From 14 on the server looks whether its client is still there while it works.
            ("client_connection_check_interval", "2000"),
        ]
        let list = settings.map { "(\(quoted($0)), \(quoted($1)))" }.joined(separator: ", ")
        return """
            SELECT pg_catalog.set_config(v.name, v.value, \(local)) FROM (VALUES \(list)) v (name, value) \
            JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) = pg_catalog.lower(v.name)
            """
    }

    private static func milliseconds(_ duration: Duration) -> String {
        String(Int((duration / .milliseconds(1)).rounded()))
    }

    // MARK: Asking

    /// Puts the questions and hands out the answers; false where they have to be put again.
    private mutating func put(
        _ batch: Batch,
        to connection: Connection,
        until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Bool {
        // First of all, as all else depends on it; it costs no round trip of its own.
        var steps: [[String]] = []
        var askers: [Asker] = []
        if batch.looksAtRole {
            steps.append(["SELECT pg_catalog.pg_is_in_recovery()"])
            askers.append(.role)
        }
        // Told when it is known that the server has the role that this depends on.
        var absences: [(name: String, reason: String)] = []
        for (name, queries) in batch.questions {
            let plans = plans(for: name, queries)
            guard !plans.isEmpty else {
                absences.append((name, absence(of: queries)))
                continue
            }
            steps.append(plans.map(\.sql))
            askers.append(.collector(name))
        }
        let readsCatalog = ContinuousClock.now >= catalogIsDue
        if readsCatalog {
            steps.append([Catalog.sql(for: mentions())])
            askers.append(.catalog)
        }
        if facts.isPooled { for index in steps.indices { steps[index].insert(settingsSQL(local: true), at: 0) } }

        var roleChanged = false
        var catalogChanged = false
        var newCatalog: Catalog?
        let before = facts
        let plans = self.plans
        let unprepared = connection.unpreparedCount
        try connection.run(steps, until: deadline) { index, result in
            var result = result
            if before.isPooled, case .success(let rows) = result { result = .success(Array(rows.dropFirst())) }
            switch askers[index] {
            case .role:
                let isInRecovery = (try? result.get().first?[0, 0]).flatMap { $0 }.map { $0 == "t" }
                roleChanged = isInRecovery.map { $0 != before.isInRecovery } ?? false
                if isInRecovery != nil { batch.setReached() }
            case .collector(let name):
                if case .failure(let error) = result, error.speaksOfMissingObject { catalogChanged = true }
                guard !roleChanged else { return }
                countCut(result)
                batch.set(name, Self.outcome(result, plans[name] ?? []))
            case .catalog:
                if let rows = try? result.get().first { newCatalog = Catalog(rows) }
            }
        }
        counters.unprepared.add(connection.unpreparedCount - unprepared, ordering: .relaxed)
        if readsCatalog { catalogIsDue = .now + Self.catalogInterval }
        if let newCatalog {
            facts.catalog = newCatalog
            self.plans = [:]
        }
        if catalogChanged { catalogIsDue = .now }
        guard roleChanged else {
            for (name, reason) in absences { batch.set(name, .absent(reason)) }
            return true
        }
        facts.isInRecovery.toggle()
        self.plans = [:]
        return false
    }

    /// Puts PgBouncer's own commands to it; all else is not for it.
    private mutating func putToConsole(
        _ batch: Batch,
        _ connection: Connection,
        until deadline: ContinuousClock.Instant
    ) throws(PostgresError) {
        batch.setReached()
        for (name, queries) in batch.questions {
            let plans = plans(for: name, queries)
            guard !plans.isEmpty else {
                batch.set(name, .absent("this is PgBouncer, no database"))
                continue
            }
            var rows: [Rows] = []
            var failure: PostgresError?
            try connection.runOneByOne(plans.map(\.sql), until: deadline) { _, result in
                switch result {
                case .success(let found): rows += found
                case .failure(let error): failure = failure ?? error
                }
            }
            batch.set(name, Self.outcome(failure.map { .failure($0) } ?? .success(rows), plans))
        }
    }

    private func countCut(_ result: Result<[Rows], PostgresError>) {
        guard case .success(let rows) = result else { return }
        let count = rows.count { $0.isCut }
        if count > 0 { counters.cutAnswers.add(count, ordering: .relaxed) }
    }

    /// Whose step it is.
    private enum Asker {
        case role
        case collector(String)
        case catalog
    }

    private static func outcome(_ result: Result<[Rows], PostgresError>, _ plans: [Plan]) -> Batch.Outcome {
        switch result {
        case .success(let rows): .answers(zip(plans, rows).map { Answer(plan: $0, rows: $1) })
        case .failure(let error): .failed(error.description)
        }
    }

    private mutating func plans(for name: String, _ queries: [Query]) -> [Plan] {
        if let known = plans[name] { return known }
        let new = queries.compactMap { Plan($0, for: facts, rowsMax: limits.rows) }
        plans[name] = new
        return new
    }

    private func absence(of queries: [Query]) -> String {
        let here = facts.isInRecovery ? "a standby" : "a primary"
        guard !queries.allSatisfy({ $0.role == .console }) else { return "the server is no PgBouncer" }
        guard queries.contains(where: { facts.allows($0.role) }) else { return "there is nothing of it on \(here)" }
        let names = Set(queries.map(\.relation).filter { !$0.isEmpty })
        guard !names.isEmpty else { return "it is not for this version" }
        let denied = names.intersection(facts.catalog.denied).sorted().joined(separator: ", ")
        guard denied.isEmpty else { return "this role may not use \(denied): GRANT pg_monitor lets it" }
        return "the server has no \(names.sorted().joined(separator: ", "))"
    }
}
