import ExporterSDK

/// Indexes that are invalid, or that nobody uses. Reads `pg_index` and `pg_stat_user_indexes`; see
/// <https://www.postgresql.org/docs/current/catalog-pg-index.html>.
struct IndexesCollector: PlainCollector {
    static let name: StaticString = "indexes"
    static let help: StaticString = "Invalid indexes, and number and size of indexes that were never used, by database."
    static let cadence = Cadence.slow(.seconds(300))
    static let scope = Scope.database

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_index",
                from: "$relation i JOIN pg_stat_user_indexes x ON x.indexrelid = i.indexrelid WHERE NOT i.indisvalid",
                [
                    .label("datname", "current_database()"), .label("schemaname", "x.schemaname"),
                    .label("relname", "x.relname"), .label("indexrelname", "x.indexrelname"),
                    .gauge(
                        "pg_index_invalid",
                        "1 for an index that is not valid: its build goes on, or has failed and left it behind.",
                        "1"
                    ),
                ]
            ),
            Query(
                "pg_stat_user_indexes",
                from: """
                    $relation x JOIN pg_index i ON i.indexrelid = x.indexrelid JOIN pg_class c ON c.oid = x.indexrelid \
                    WHERE x.idx_scan = 0 AND NOT i.indisunique
                    """,
                [
                    .label("datname", "current_database()"),
                    .gauge(
                        "pg_indexes_unused",
                        "Indexes that were not used since the statistics began, without those that make values unique.",
                        "count(*)"
                    ),
                    .gauge(
                        "pg_indexes_unused_bytes",
                        "Size of those indexes, as the last vacuum or analyze counted it.",
                        "coalesce(sum(c.relpages::bigint), 0) * current_setting('block_size')::bigint"
                    ),
                ]
            ),
        ]
    }
}
