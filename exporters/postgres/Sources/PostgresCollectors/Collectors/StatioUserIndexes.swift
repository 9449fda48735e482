import ExporterSDK

/// Blocks read and found in the buffers, by index. Reads `pg_statio_user_indexes`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STATIO-ALL-INDEXES-VIEW>.
struct StatioUserIndexesCollector: PlainCollector {
    static let name: StaticString = "statio_user_indexes"
    static let help: StaticString = "Blocks read and hit of each index of the database, from pg_statio_user_indexes."
    static let isEnabledByDefault = false

    static let scope = Scope.database

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_statio_user_indexes",
                [
                    .label("datname", "current_database()"), .label("schemaname"), .label("relname"),
                    .label("indexrelname"),
                    .counter(
                        "pg_statio_user_indexes_idx_blks_read_total",
                        "Number of disk blocks read from this index",
                        "idx_blks_read"
                    ),
                    .counter(
                        "pg_statio_user_indexes_idx_blks_hit_total",
                        "Number of buffer hits in this index",
                        "idx_blks_hit"
                    ),
                ]
            )
        ]
    }
}
