import ExporterSDK
import Exposition
import Logging
import Synchronization

/// Whether the server answers, what it is, and how asking it went.
///
/// Writes something also where there is no server to be reached, so it never fails.
struct ServerCollector: Collector {
    static let name: StaticString = "server"
    static let help: StaticString = "Whether the server answers, its version, and how asking it went."

    let up = Metric(
        .gauge,
        "pg_up",
        "Whether the last scrape of metrics from PostgreSQL was able to connect to the server (1 for yes, 0 for no)."
    )
    let duration = Metric(
        .gauge,
        "pg_exporter_last_scrape_duration_seconds",
        "Duration of the last scrape of metrics from PostgreSQL."
    )
    let error = Metric(
        .gauge,
        "pg_exporter_last_scrape_error",
        "Whether the last scrape of metrics from PostgreSQL resulted in an error (1 for error, 0 for success)."
    )
    let scrapes = Metric(
        .counter,
        "pg_exporter_scrapes_total",
        "Total number of times PostgreSQL was scraped for metrics."
    )
    let identity = Metric(
        .untyped,
        "pg_static",
        "Version string as reported by postgres",
        labels: ["server", "short_version", "version"]
    )
    let connections = Metric(.counter, "pg_exporter_connections_total", "Connections that were opened to the server.")
    let failures = Metric(
        .counter,
        "pg_exporter_connection_failures_total",
        "Attempts to connect to the server that failed."
    )
    let giveUps = Metric(
        .counter,
        "pg_exporter_give_ups_total",
        "Times that the server did not answer until the deadline, and the connection was given up."
    )
    let cutAnswers = Metric(
        .counter,
        "pg_exporter_cut_answers_total",
        "Answers that had more rows than --postgres.max-rows lets in; the rest was left out."
    )
    let unprepared = Metric(
        .counter,
        "pg_exporter_unprepared_statements_total",
        "Statements that were sent unprepared, as --postgres.max-prepared-statements are prepared already."
    )
    let missing = Metric(
        .gauge,
        "pg_exporter_missing",
        "1 for what collectors would need and have not: a privilege, an extension's view, a setting that is off.",
        labels: ["kind", "name"]
    )

    private let source: Source
    private let scrapeCount = Counter()

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    init(_ server: PostgresServer, _ flags: FlagValues) {
        server.note(Self.self)
        source = server.source(
            "\(Self.name)",
            [
                Query(
                    "version()",
                    from: "$relation AS v (version)",
                    [
                        .value("version", "v.version"), .value("io_timing", "current_setting('track_io_timing')"),
                        .value("statements", "1", needs: ["pg_stat_statements.calls"]),
                    ]
                )
            ]
        )
    }

    func collect(into out: inout MetricWriter, context: ScrapeContext) {
        let batch = source.server.batch(context)
        let summary = batch.summary()
        out.emit(up, summary.facts == nil ? 0 : 1)
        out.emit(duration, summary.duration / .seconds(1))
        out.emit(error, summary.error != nil || batch.hasFailures ? 1 : 0)
        out.emit(scrapes, Double(scrapeCount.value.add(1, ordering: .relaxed).newValue))
        if let facts = summary.facts, let answer = try? batch.answers(to: source.name).first,
            let version = answer[0, "version"]
        {
            let short = "\(facts.version / 10_000).\(facts.version % 10_000).0"
            out.emit(identity, 1, [.text(facts.server), .text(short), .bytes(version)])
        }
        if let facts = summary.facts { writeMissing(facts, try? batch.answers(to: source.name).first, into: &out) }
        let counters = source.server.counters
        out.emit(connections, Double(counters.connections.load(ordering: .relaxed)))
        out.emit(failures, Double(counters.failures.load(ordering: .relaxed)))
        out.emit(giveUps, Double(counters.giveUps.load(ordering: .relaxed)))
        out.emit(cutAnswers, Double(counters.cutAnswers.load(ordering: .relaxed)))
        out.emit(unprepared, Double(counters.unprepared.load(ordering: .relaxed)))
    }

    private func writeMissing(_ facts: ServerFacts, _ answer: Answer?, into out: inout MetricWriter) {
        guard !facts.isConsole else { return }
        var found: [(kind: String, name: String)] = facts.catalog.denied.sorted().map { ("privilege", $0) }
        if let answer {
            if answer.plan.place(of: "statements") == nil { found.append(("extension", "pg_stat_statements")) }
            if let timing = answer[0, "io_timing"], timing == "off" { found.append(("setting", "track_io_timing")) }
        }
        for (kind, name) in found { out.emit(missing, 1, [.text(kind), .text(name)]) }
        let list = found.map { "\($0.kind) \($0.name)" }.joined(separator: ", ")
        source.server.notices.note("server", "missing for some metrics", list.isEmpty ? nil : list)
    }
}
