import ExporterSDK

/// How each index is used. Reads `pg_stat_user_indexes`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW>.
struct StatUserIndexesCollector: PlainCollector {
    static let name: StaticString = "stat_user_indexes"
    static let help: StaticString = "Scans and size of each index of the database, from pg_stat_user_indexes."
    static let isEnabledByDefault = false

    static let scope = Scope.database

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_user_indexes",
                from: "$relation x LEFT JOIN pg_class c ON c.oid = x.indexrelid",
                [
                    .label("datname", "current_database()"), .label("schemaname", "x.schemaname"),
                    .label("relname", "x.relname"), .label("indexrelname", "x.indexrelname"),
                    .counter("pg_stat_user_indexes_idx_scan_total", "Scans of the index.", "x.idx_scan"),
                    .counter(
                        "pg_stat_user_indexes_idx_tup_read_total",
                        "Entries that scans of the index returned.",
                        "x.idx_tup_read"
                    ),
                    .counter(
                        "pg_stat_user_indexes_idx_tup_fetch_total",
                        "Live rows that simple scans of the index fetched.",
                        "x.idx_tup_fetch"
                    ),
                    .gauge(
                        "pg_stat_user_indexes_last_scan_timestamp_seconds",
                        "When the index was used last, since 1970.",
                        "extract(epoch FROM x.last_idx_scan)",
                        needs: ["last_idx_scan"]
                    ),
                    .gauge(
                        "pg_stat_user_indexes_size_bytes",
                        "Size of the index as the last vacuum or analyze counted it.",
                        "c.relpages::bigint * current_setting('block_size')::bigint"
                    ),
                ]
            )
        ]
    }
}
