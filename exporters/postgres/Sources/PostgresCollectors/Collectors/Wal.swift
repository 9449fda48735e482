import ExporterSDK

/// The WAL files that are there. Asks `pg_ls_waldir()`; see
/// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-GENFILE>.
struct WalCollector: PlainCollector {
    static let name: StaticString = "wal"
    static let help: StaticString = "Number and size of the WAL segments, from pg_ls_waldir()."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_ls_waldir()",
                from: "$relation WHERE name ~ '^[0-9A-F]{24}$'",
                [
                    .gauge("pg_wal_segments", "Number of WAL segments", "count(*)"),
                    .gauge("pg_wal_size_bytes", "Total size of WAL segments", "coalesce(sum(size), 0)"),
                ]
            )
        ]
    }
}
