import ExporterSDK

/// Blocks read and found in the buffers, by table. Reads `pg_statio_user_tables`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STATIO-ALL-TABLES-VIEW>.
struct StatioUserTablesCollector: PlainCollector {
    static let name: StaticString = "statio_user_tables"
    static let help: StaticString = "Blocks read and hit of each table of the database, from pg_statio_user_tables."

    static let scope = Scope.database

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_statio_user_tables",
                [.label("datname", "current_database()"), .label("schemaname"), .label("relname")] + blocks
            )
        ]
    }

    private static let blocks: [Column] = [
        ("heap", "read", "Number of disk blocks read from this table"),
        ("heap", "hit", "Number of buffer hits in this table"),
        ("idx", "read", "Number of disk blocks read from all indexes on this table"),
        ("idx", "hit", "Number of buffer hits in all indexes on this table"),
        ("toast", "read", "Number of disk blocks read from this table's TOAST table (if any)"),
        ("toast", "hit", "Number of buffer hits in this table's TOAST table (if any)"),
        ("tidx", "read", "Number of disk blocks read from this table's TOAST table indexes (if any)"),
        ("tidx", "hit", "Number of buffer hits in this table's TOAST table indexes (if any)"),
    ].map { what, event, help in
        .counter(
            "pg_statio_user_tables_\(what)_blocks_\(event)",
            help,
            "coalesce(\(what)_blks_\(event), 0)",
            needs: ["\(what)_blks_\(event)"]
        )
    }
}
