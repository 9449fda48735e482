import ExporterSDK
import Exposition

/// A collector's way to ask: its questions go with those of others, and it gets its own answers.
struct Source: Sendable {
    let server: PostgresServer
    let name: String
    let queries: [Query]
    /// Whether it is asked apart from scrapes.
    let isSlow: Bool
    /// Why it is not asked at all.
    var absence: String?

    /// The answers for this scrape; waits for them.
    func answers(_ context: ScrapeContext) throws(CollectorError) -> [Answer] {
        if let absence { throw .absent(absence) }
        let batch = server.batch(context)
        guard !isSlow else {
            // What was so a minute ago is not told of a server that is not there.
            try batch.awaitServer()
            return try server.slow.answers(to: name, until: batch.deadline - server.limits.margin(of: context.timeLeft))
        }
        let answers = try batch.answers(to: name)
        return server.databases.isDiscovering ? answers + server.slow.answersSoFar(to: name) : answers
    }
}

/// A collector whose metrics are columns of questions to the server.
///
/// A plain one declares its questions and nothing else. One that has more to do with the answers writes them itself.
protocol PostgresCollector: Collector where Environment == PostgresServer {
    /// What is asked, given the flags.
    static func queries(_ flags: FlagValues) throws(UsageError) -> [Query]
    /// How often; once a scrape, if not said otherwise.
    static var cadence: Cadence { get }
    /// What the questions are about: the server, if not said otherwise.
    static var scope: Scope { get }
    /// The collector's own flags, beside that of its interval.
    static var ownFlags: [any FlagDeclaration] { get }

    var source: Source { get }
    init(source: Source, _ flags: FlagValues) throws(UsageError)

    /// Metrics that are no columns.
    var furtherMetrics: [any MetricDeclaration] { get }
    /// Writes the answers, one for each question that this server can answer.
    func write(_ answers: [Answer], into out: inout MetricWriter) throws(CollectorError)
}

/// When the answers of collectors that are asked apart from scrapes came.
let lastSuccess = Metric(
    .gauge,
    "pg_scrape_collector_last_success_timestamp_seconds",
    "When a collector that is asked apart from scrapes got its answers last, since 1970.",
    labels: ["collector"]
)

extension PostgresCollector {
    static var cadence: Cadence { .scrape }
    static var scope: Scope { .server }
    static var ownFlags: [any FlagDeclaration] { [] }
    static var flags: [any FlagDeclaration] { ownFlags + (intervalFlag.map { [$0] } ?? []) }

    /// How often a slow collector is asked; 0 asks it at each scrape.
    static var intervalFlag: Flag<Duration>? {
        guard case .slow(let interval) = cadence else { return nil }
        return Flag(
            "collector.\(name).interval",
            default: interval,
            placeholder: "DURATION",
            help: "How often it is asked, apart from scrapes; 0 asks at each scrape."
        )
    }

    init(_ server: PostgresServer, _ flags: FlagValues) throws(UsageError) {
        server.note(Self.self)
        let interval = Self.intervalFlag.map { flags[$0] } ?? .zero
        let queries = try Self.queries(flags)
        try self.init(source: server.source("\(Self.name)", queries, interval: interval, scope: Self.scope), flags)
    }

    /// Each name once: on some versions it is another question that has it.
    var metrics: [any MetricDeclaration] {
        var names: Set<String> = []
        let own = source.queries.flatMap(\.metrics) + furtherMetrics + (source.isSlow ? [lastSuccess] : [])
        return own.filter { names.insert($0.name).inserted }
    }

    var furtherMetrics: [any MetricDeclaration] { [] }

    func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        try write(source.answers(context), into: &out)
        if source.isSlow, let time = source.server.slow.successTime(of: source.name) {
            out.emit(lastSuccess, time, [.text(source.name)])
        }
    }

    func write(_ answers: [Answer], into out: inout MetricWriter) throws(CollectorError) {
        for answer in answers { try answer.write(into: &out) }
    }
}

/// A collector that is its questions and nothing else.
protocol PlainCollector: PostgresCollector {
    init(source: Source)
}

extension PlainCollector {
    init(source: Source, _ flags: FlagValues) { self.init(source: source) }
}
