public import ExporterSDK
import Synchronization

/// The server that is looked at: what the collectors are made from.
public final class PostgresServer: Sendable {
    /// The flags that say how it is asked.
    public static let flags: [any FlagDeclaration] = [
        connectTimeout, lockTimeout, statementTimeout, slowStatementTimeout, collectionTimeout, rowsMax, preparedMax,
        discover, include, exclude, discoverInterval, discoverLimit,
    ]

    static let connectTimeout = Flag(
        "postgres.connect-timeout",
        default: SessionLimits().connect,
        placeholder: "DURATION",
        help: "How long connecting may take."
    )
    static let lockTimeout = Flag(
        "postgres.lock-timeout",
        default: SessionLimits().lock,
        placeholder: "DURATION",
        help: "How long a statement may wait for a lock; the server ends it then."
    )
    static let statementTimeout = Flag(
        "postgres.statement-timeout",
        default: SessionLimits().statement,
        placeholder: "DURATION",
        help: "How long a statement may take; the server ends it then."
    )
    static let collectionTimeout = Flag(
        "collection-timeout",
        default: SessionLimits().batch,
        placeholder: "DURATION",
        help: "How long a scrape may wait for the server, if the scraper's own deadline does not come before."
    )
    static let rowsMax = Flag(
        "postgres.max-rows",
        default: SessionLimits().rows,
        placeholder: "N",
        help: "Rows of an answer that are taken; the rest is left out and counted."
    )
    static let preparedMax = Flag(
        "postgres.max-prepared-statements",
        default: SessionLimits().prepared,
        placeholder: "N",
        help: "Statements that a connection prepares; more are sent anew each time, and counted."
    )

    static let discover = Flag(
        "auto-discover-databases",
        default: false,
        help: "Look into all databases of the server for what is by database, such as tables."
    )
    static let include = Flag(
        "include-databases",
        default: "",
        placeholder: "NAME,NAME",
        help: "With --auto-discover-databases: look into these only."
    )
    static let exclude = Flag(
        "exclude-databases",
        default: "",
        placeholder: "NAME,NAME",
        help: "With --auto-discover-databases: do not look into these."
    )
    static let discoverInterval = Flag(
        "auto-discover-databases.interval",
        default: Duration.seconds(60),
        placeholder: "DURATION",
        help: "How often databases other than the exporter's own are looked into."
    )
    static let discoverLimit = Flag(
        "auto-discover-databases.max",
        default: DatabaseChoice().limit,
        placeholder: "N",
        help: "How many databases are looked into at most."
    )
    static let slowStatementTimeout = Flag(
        "postgres.slow-statement-timeout",
        default: Duration.seconds(30),
        placeholder: "DURATION",
        help: "How long a statement may take that is asked apart from scrapes."
    )

    let flags: FlagValues
    let limits: SessionLimits
    let databases: DatabaseChoice
    let slow: SlowQuestions
    let counters = SessionCounters()
    let notices = Notices()
    /// How far behind a standby is, from what was seen of it before.
    let standbyLag = Mutex(StandbyLag())

    /// Collectors that flags of the peer switch off, with the flag that does.
    private let switchedOff: [String: String]
    private let settings: ConnectionSettings
    private let session: Session
    private let questions: Questions
    private let discoverInterval: Duration

    /// The questions of the collectors that are on, as those register them.
    private final class Questions: Sendable {
        let all = Mutex<[(name: String, owner: String, queries: [Query])]>([])

        var mentions: Set<CatalogName> {
            all.withLock { all in Set(all.flatMap(\.queries).flatMap(\.mentions)) }
        }
    }

    /// The server that the environment and the flags describe.
    public init(_ flags: FlagValues, _ settings: ConnectionSettings) {
        self.flags = flags
        switchedOff = PeerFlags.switchedOff(flags)
        let questions = Questions()
        self.questions = questions
        limits = SessionLimits(
            connect: flags[Self.connectTimeout],
            lock: flags[Self.lockTimeout],
            statement: flags[Self.statementTimeout],
            batch: flags[Self.collectionTimeout],
            rows: flags[Self.rowsMax],
            prepared: flags[Self.preparedMax]
        )
        databases = DatabaseChoice(
            isDiscovering: flags[Self.discover],
            included: Self.names(flags[Self.include]),
            excluded: Self.names(flags[Self.exclude]),
            limit: flags[Self.discoverLimit]
        )
        discoverInterval = flags[Self.discoverInterval]
        self.settings = settings
        session = Session(settings, limits, counters: counters) { questions.mentions }
        var slowLimits = limits
        slowLimits.statement = flags[Self.slowStatementTimeout]
        let slowQuestions = Questions()
        self.slowQuestions = slowQuestions
        slow = SlowQuestions(
            SlowRound(
                settings: settings,
                limits: slowLimits,
                databases: databases,
                mentions: { slowQuestions.mentions.union(DatabaseChoice.query.mentions) },
                counters: counters
            )
        )
    }

    private let slowQuestions: Questions
    private let types = Mutex<[any Collector<PostgresServer>.Type]>([])

    /// The collectors that were made of this server, which are those that the flags enable.
    var collectorTypes: [any Collector<PostgresServer>.Type] { types.withLock { $0 } }

    /// Remembers a collector that is made of this server.
    func note(_ type: any Collector<PostgresServer>.Type) { types.withLock { $0.append(type) } }

    private let files = Mutex<[any Reloadable]>([])

    /// The files that collectors have read, which can be read anew.
    var reloadables: [any Reloadable] { files.withLock { $0 } }

    /// Remembers a file that a collector has read.
    func note(_ file: any Reloadable) { files.withLock { $0.append(file) } }

    deinit {
        session.close()
        slow.close()
    }

    private static func names(_ list: String) -> Set<String> {
        Set(list.split(separator: ",").map { Bytes(String($0)).trimmed.text })
    }

    /// Takes a collector's questions into each scrape that it is part of, or has them asked apart.
    ///
    /// `owner` is the collector, where it has several questions that don't share each other's fate.
    func source(
        _ name: String,
        owner: String? = nil,
        _ queries: [Query],
        interval: Duration = .zero,
        scope: Scope = .server
    ) -> Source {
        let owner = owner ?? name
        let isSlow = interval > .zero
        if let flag = switchedOff[owner] {
            return Source(server: self, name: name, queries: queries, isSlow: isSlow, absence: "--\(flag) is given")
        }
        let isOfOthersToo = databases.isDiscovering && scope == .database
        if !isSlow { questions.all.withLock { $0.append((name: name, owner: owner, queries: queries)) } }
        if isSlow || isOfOthersToo {
            slowQuestions.all.withLock { $0.append((name: name, owner: owner, queries: queries)) }
            slow.add(
                SlowQuestions.Member(
                    name: name,
                    owner: owner,
                    queries: queries,
                    interval: isSlow ? interval : discoverInterval,
                    scope: scope,
                    isOnlyOfOtherDatabases: !isSlow
                )
            )
        }
        return Source(server: self, name: name, queries: queries, isSlow: isSlow)
    }

    /// Asks a collector's questions no more.
    func forgetSources(of owner: String) {
        questions.all.withLock { $0.removeAll { $0.owner == owner } }
        slowQuestions.all.withLock { $0.removeAll { $0.owner == owner } }
        slow.removeAll(of: owner)
    }

    /// What looks at the server's sessions so often a second.
    func sampler(frequency: Int) -> QuerySampler {
        QuerySampler(settings, limits, counters: counters, frequency: frequency) { [weak self] seen in
            _ = self?.standbyLag.withLock { $0.lag(seen) }
        }
    }

    /// What this scrape asks; the first collector that comes has it asked.
    func batch(_ context: ScrapeContext) -> Batch {
        context.shared(by: self) {
            let wanted = questions.all.withLock { all in
                all.filter { !$0.queries.isEmpty && (context.collectors?.contains($0.owner) ?? true) }
                    .map { (name: $0.name, queries: $0.queries) }
            }
            let batch = Batch(wanted, deadline: context.deadline)
            session.submit(batch)
            slow.beginRound(context.collectors)
            return batch
        }
    }
}
