import ExporterSDK
import Exposition
import Logging

/// Queries of the user's own, from the file that `--extend.query-path` names.
///
/// Each is a transaction of its own, read-only, with the session's time limits: one that fails costs its own metrics.
struct CustomQueriesCollector: Collector {
    static let name: StaticString = "custom_queries"
    static let help: StaticString = "Queries of one's own, from the file that --extend.query-path names."
    static let flags: [any FlagDeclaration] = [path]

    static let path = Flag(
        "extend.query-path",
        default: "",
        placeholder: "PATH",
        help: "File of custom queries, in postgres_exporter's form."
    )

    let loadError = Metric(
        .gauge,
        "pg_exporter_user_queries_load_error",
        "Whether the user queries file was loaded and parsed successfully (1 for error, 0 for success).",
        labels: ["filename", "hashsum"]
    )
    let success = Metric(
        .gauge,
        "pg_exporter_custom_query_success",
        "Whether a custom query gave its metrics.",
        labels: ["namespace"]
    )

    private let server: PostgresServer
    private let file: CustomQueryFile?

    init(_ server: PostgresServer, _ flags: FlagValues) throws(UsageError) {
        server.note(Self.self)
        self.server = server
        let path = server.flags[Self.path]
        file = path.isEmpty ? nil : try CustomQueryFile(path, server, owner: "\(Self.name)")
        if let file { server.note(file) }
    }

    func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        guard let file else { throw .absent("--extend.query-path names no file") }
        let current = file.current
        out.emit(loadError, current.isBroken ? 1 : 0, [.text(file.path), .text(current.hash)])
        for entry in current.entries {
            do throws(CollectorError) {
                let answers = try entry.source.answers(context)
                guard answers.count == 2 else { throw .failed("no answer") }
                // Tried out first: of rows that are wrong half-way nothing must stay.
                var trial = MetricWriter(form: out.form)
                try entry.metrics.write(answers[1].rows, into: &trial)
                try entry.metrics.write(answers[1].rows, into: &out)
                out.emit(success, 1, [.text(entry.namespace)])
                server.notices.note(entry.namespace, "custom query failed", nil)
            } catch {
                guard case .failed(let reason) = error else { continue }
                out.emit(success, 0, [.text(entry.namespace)])
                server.notices.note(entry.namespace, "custom query failed", reason)
            }
        }
    }
}
