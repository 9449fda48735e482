import ExporterSDK
import Exposition
import Synchronization

/// What each statement costs. Reads `pg_stat_statements`; see
/// <https://www.postgresql.org/docs/current/pgstatstatements.html>.
///
/// All statements are read, without their text. Those that cost most have series of their own, and keep them for an hour
/// after they were last among them; all others are summed up as `queryid="other"`, so that sums are exact and counters
/// don't come and go. Rows that differ only in whether the statement was at top level are one.
struct StatStatementsCollector: PostgresCollector {
    static let name: StaticString = "stat_statements"
    static let help: StaticString =
        "Calls, times, rows and blocks of the statements that cost most, from pg_stat_statements."
    static let isEnabledByDefault = false
    static let cadence = Cadence.slow(.seconds(30))
    static let ownFlags: [any FlagDeclaration] = [limit, includeQuery, queryLength, excludedDatabases, excludedUsers]

    static let limit = Flag(
        "collector.stat_statements.limit",
        default: 100,
        placeholder: "N",
        help: "Maximum number of statements to return."
    )
    static let includeQuery = Flag(
        "collector.stat_statements.include_query",
        default: false,
        help: "Enable selecting statement query together with queryId."
    )
    static let queryLength = Flag(
        "collector.stat_statements.query_length",
        default: 120,
        placeholder: "N",
        help: "Maximum length of the statement text."
    )
    static let excludedDatabases = Flag(
        "collector.stat_statements.exclude_databases",
        default: "",
        placeholder: "NAME,NAME",
        help: "Comma-separated list of database names to exclude."
    )
    static let excludedUsers = Flag(
        "collector.stat_statements.exclude_users",
        default: "",
        placeholder: "NAME,NAME",
        help: "Comma-separated list of user names to exclude."
    )

    let queryID = Metric(
        .counter,
        "pg_stat_statements_query_id",
        "SQL Query to queryid mapping",
        labels: ["queryid", "query"]
    )
    let columns = StatementColumn.all.map { MetricFamily(.counter, name: $0.metric, help: $0.help) }

    let source: Source
    private let top: TopStatements

    init(source: Source, _ flags: FlagValues) {
        self.source = source
        top = TopStatements(limit: flags[Self.limit])
    }

    static func queries(_ flags: FlagValues) -> [Query] {
        let users = list(flags[excludedUsers]), databases = list(flags[excludedDatabases])
        let conditions = [
            databases.map { "d.datname NOT IN (\($0))" }, users.map { "u.rolname NOT IN (\($0))" },
        ].compactMap { $0 }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let statements = Query(
            "pg_stat_statements",
            // The function that the view is made of, which does not read the texts when it is not asked to.
            from: """
                $relation(false) s LEFT JOIN pg_database d ON d.oid = s.dbid LEFT JOIN pg_roles u ON u.oid = s.userid \
                \(condition) GROUP BY 1, 2, 3
                """,
            [
                .value("user", "coalesce(u.rolname, s.userid::text)"),
                .value("datname", "coalesce(d.datname, s.dbid::text)"),
                .value("queryid", "coalesce(s.queryid::text, 'unknown')"),
            ] + StatementColumn.all.flatMap(\.columns)
        )
        let info = Query(
            "pg_stat_statements_info",
            [
                .counter(
                    "pg_stat_statements_deallocated_total",
                    "Times that statements were forgotten because pg_stat_statements.max was reached.",
                    "dealloc"
                ),
                .gauge(
                    "pg_stat_statements_stats_reset_timestamp_seconds",
                    "When all these numbers began at 0, since 1970.",
                    "extract(epoch FROM stats_reset)"
                ),
            ]
        )
        let texts = Query(
            "pg_stat_statements",
            from: "(SELECT queryid, min(query) AS query FROM $relation GROUP BY 1 "
                + "ORDER BY sum(total_exec_time) DESC LIMIT \(flags[limit])) t",
            [
                .value("text_id", "coalesce(queryid::text, 'unknown')", needs: ["queryid"]),
                .value("text", "left(query, \(flags[queryLength]))", needs: ["query"]),
            ]
        )
        return [statements, info] + (flags[includeQuery] ? [texts] : [])
    }

    /// The names of a list as literals; nil where there are none.
    private static func list(_ names: String) -> String? {
        let literals = names.split(separator: ",").map { quoted(Bytes(String($0)).trimmed.text) }
        return literals.isEmpty ? nil : literals.joined(separator: ", ")
    }

    var furtherMetrics: [any MetricDeclaration] {
        columns.map { QueryMetric($0, ["user", "datname", "queryid"]) } + [queryID]
    }

    func write(_ answers: [Answer], into out: inout MetricWriter) throws(CollectorError) {
        for answer in answers {
            if answer.plan.place(of: "queryid") != nil {
                try writeStatements(answer, into: &out)
            } else if answer.plan.place(of: "text") != nil {
                writeTexts(answer, into: &out)
            } else {
                try answer.write(into: &out)
            }
        }
    }

    private func writeStatements(_ answer: Answer, into out: inout MetricWriter) throws(CollectorError) {
        let places = StatementColumn.all.map { answer.plan.place(of: $0.name) }
        let rows = try rows(answer, places)
        for (index, family) in columns.enumerated() where places[index] != nil {
            for row in rows { out.emit(family, row.labels, row.values[index]) }
        }
    }

    /// The rows to write. An answer that stands for several scrapes is looked at once.
    private func rows(_ answer: Answer, _ places: [Int?]) throws(CollectorError) -> [TopStatements.Row] {
        let time = source.server.slow.successTime(of: source.name) ?? 0
        if let rows = top.rows(ofTime: time) { return rows }
        var all: [TopStatements.Row] = []
        all.reserveCapacity(answer.rows.count)
        for row in 0..<answer.rows.count {
            var values: [Double] = []
            for place in places {
                guard let place else {
                    values.append(0)
                    continue
                }
                values.append(try answer.rows.number(row, place) ?? 0)
            }
            let names = [answer[row, "user"], answer[row, "datname"], answer[row, "queryid"]]
            let labels = LabelSet(["user", "datname", "queryid"], names.map { LabelValue.bytes($0 ?? []) })
            all.append(TopStatements.Row(labels: labels, values: values))
        }
        return top.fold(all, at: .now, time: time)
    }

    private func writeTexts(_ answer: Answer, into out: inout MetricWriter) {
        for row in 0..<answer.rows.count {
            guard let id = answer[row, "text_id"], let text = answer[row, "text"] else { continue }
            out.emit(queryID, 1, [.bytes(id), .bytes(text)])
        }
    }
}
