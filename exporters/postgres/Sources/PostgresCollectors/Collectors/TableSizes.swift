import ExporterSDK

/// Sizes of tables and indexes as the files are. Asks `pg_table_size()` and `pg_indexes_size()`; see
/// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE>.
///
/// These functions take a lock on each table. Tables that somebody holds exclusively are left out, so that none is waited
/// for; where one is taken in that very moment, `lock_timeout` ends the wait.
struct TableSizesCollector: PlainCollector {
    static let name: StaticString = "table_sizes"
    static let help: StaticString = "Sizes of tables and their indexes by their files; stat_user_tables has estimates."
    static let isEnabledByDefault = false
    static let cadence = Cadence.slow(.seconds(300))
    static let scope = Scope.database

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_user_tables",
                from: """
                    $relation t WHERE NOT EXISTS (SELECT FROM pg_locks l WHERE l.relation = t.relid \
                    AND l.mode = 'AccessExclusiveLock' AND l.database = \
                    (SELECT oid FROM pg_database WHERE datname = current_database()))
                    """,
                [
                    .label("datname", "current_database()"), .label("schemaname", "t.schemaname"),
                    .label("relname", "t.relname"),
                    .gauge(
                        "pg_table_size_bytes",
                        "Bytes of the table's files, with its TOAST table and maps.",
                        "pg_table_size(t.relid)"
                    ),
                    .gauge("pg_table_indexes_size_bytes", "Bytes of the table's indexes.", "pg_indexes_size(t.relid)"),
                ]
            )
        ]
    }
}
