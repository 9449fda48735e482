import ExporterSDK

/// Which databases besides the exporter's own are looked into.
struct DatabaseChoice: Sendable {
    /// Whether others are looked for at all.
    var isDiscovering = false
    /// If not empty, only these.
    var included: Set<String> = []
    var excluded: Set<String> = []
    /// More than this are not looked into: each takes a connection for a moment.
    var limit = 100

    /// Those that may be entered: no templates, none that is being dropped, none that this role may not connect to.
    static let query = Query(
        "pg_database",
        from: """
            $relation d WHERE d.datallowconn AND NOT d.datistemplate AND d.datconnlimit <> -2 \
            AND d.datname <> current_database() AND has_database_privilege(d.oid, 'CONNECT') ORDER BY d.datname
            """,
        [.value("name", "d.datname")]
    )

    /// The names to look into.
    func choose(_ outcome: Batch.Outcome) -> [String] {
        guard case .answers(let answers) = outcome, let answer = answers.first else { return [] }
        let names = (0..<answer.rows.count).compactMap { answer[$0, "name"]?.text }
        let chosen = names.filter { (included.isEmpty || included.contains($0)) && !excluded.contains($0) }
        return Array(chosen.prefix(limit))
    }
}
