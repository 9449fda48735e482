import ExporterSDK

/// The times of all statements, as `pg_stat_statements` has them: what bounds and counts are made of.
enum StatementTimes {
    /// Statements at top level, added up by these expressions: those that a statement runs are part of its own time.
    ///
    /// Until PostgreSQL 13 the extension did not tell them apart.
    static func queries(by keys: [Column], _ values: [Column]) -> [Query] {
        let group = "GROUP BY " + (1...keys.count).map { String($0) }.joined(separator: ", ")
        return [
            Query(
                "pg_stat_statements",
                from: "$relation(false) s WHERE s.toplevel \(group)",
                keys + values.map { $0.needing("toplevel") }
            ),
            Query("pg_stat_statements", from: "$relation(false) s \(group)", unless: "toplevel", keys + values),
        ]
    }
}
