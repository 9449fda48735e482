import ExporterSDK

/// Asks the questions that are due, in the exporter's own database and, where they are about databases, in all others.
struct SlowRound: Sendable {
    let settings: ConnectionSettings
    let limits: SessionLimits
    let databases: DatabaseChoice
    let mentions: @Sendable () -> Set<CatalogName>
    let counters: SessionCounters
    /// The connection to the exporter's own database, which is kept for the next round; nil where other databases are
    /// asked too, as that needs a connection of its own, and there are never more of them.
    private let kept: Session?

    init(
        settings: ConnectionSettings,
        limits: SessionLimits,
        databases: DatabaseChoice,
        mentions: @escaping @Sendable () -> Set<CatalogName>,
        counters: SessionCounters
    ) {
        self.settings = settings
        self.limits = limits
        self.databases = databases
        self.mentions = mentions
        self.counters = counters
        kept = databases.isDiscovering ? nil : Session(settings, limits, counters: counters, mentions: mentions)
    }

    /// Closes the connection that is kept.
    func close() { kept?.close() }

    /// What became of each member's questions, and how many databases could not be asked.
    func ask(_ members: [SlowQuestions.Member]) -> (outcomes: [String: Batch.Outcome], failedDatabases: Int) {
        let here = members.filter { !$0.isOnlyOfOtherDatabases }
        let elsewhere = databases.isDiscovering ? members.filter { $0.scope == .database } : []
        var questions = here.map { ($0.name, $0.queries) }
        let discovery = "databases of the server"
        if !elsewhere.isEmpty { questions.append((discovery, [DatabaseChoice.query])) }
        let batch = put(questions, to: nil)
        var outcomes: [String: Batch.Outcome] = [:]
        for member in here { outcomes[member.name] = batch.outcome(of: member.name) }
        guard !elsewhere.isEmpty else { return (outcomes, 0) }
        // What is asked of other databases only has no answer of this one.
        for member in elsewhere where member.isOnlyOfOtherDatabases { outcomes[member.name] = .answers([]) }
        var failed = 0
        for database in databases.choose(batch.outcome(of: discovery)) {
            let batch = put(elsewhere.map { ($0.name, $0.queries) }, to: database)
            if batch.summary().error != nil { failed += 1 }
            for member in elsewhere {
                outcomes[member.name] = Self.joined(outcomes[member.name], batch.outcome(of: member.name))
            }
        }
        return (outcomes, failed)
    }

    /// Over the connection that is kept, or else one that is closed afterwards.
    private func put(_ questions: [(name: String, queries: [Query])], to database: String?) -> Batch {
        let session = kept ?? Session(settings.to(database), limits, counters: counters, mentions: mentions)
        let batch = Batch(questions, deadline: .now + limits.batch + limits.margin)
        session.submit(batch)
        _ = batch.summary()
        if kept == nil { session.close() }
        return batch
    }

    /// The answers of one more database: where it has none, those of the others stay.
    private static func joined(_ first: Batch.Outcome?, _ second: Batch.Outcome) -> Batch.Outcome {
        switch (first, second) {
        case (.answers(let some)?, .answers(let more)): .answers(some + more)
        case (.answers?, _): first ?? second
        default: second
        }
    }
}
