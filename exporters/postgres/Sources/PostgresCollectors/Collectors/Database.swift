import ExporterSDK

/// The databases' sizes and limits of connections. Reads `pg_database`; see
/// <https://www.postgresql.org/docs/current/catalog-pg-database.html>.
struct DatabaseCollector: PlainCollector {
    static let name: StaticString = "database"
    static let help: StaticString = "Sizes of the databases, and their limits of connections, from pg_database."

    /// The server goes through all files of each database.
    static let cadence = Cadence.slow(.seconds(60))

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_database",
                from: "$relation d",
                [
                    .label("datname", "d.datname"),
                    .gauge(
                        "pg_database_size_bytes",
                        "Disk space used by the database",
                        "CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') AND d.datconnlimit <> -2"
                            + " THEN pg_catalog.pg_database_size(d.oid) END"
                    ),
                    .gauge(
                        "pg_database_connection_limit",
                        "Connection limit set for the database",
                        "NULLIF(d.datconnlimit, -2)"
                    ),
                ]
            )
        ]
    }
}
