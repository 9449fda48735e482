import ExporterSDK

/// How much of each table is empty space, as estimated from the statistics of its columns. Reads `pg_stats` and `pg_class`.
///
/// Pages that the rows would take, by their number and mean width, a header of 24 bytes and a pointer of 4, aligned to 8,
/// against the pages that there are. No table is read. It is an estimate: columns that were never analyzed count as
/// nothing, so such tables are left out, and what is in TOAST tables is not seen.
struct BloatCollector: PlainCollector {
    static let name: StaticString = "bloat"
    static let help: StaticString = "Estimated empty space of the tables that have most of it."
    static let isEnabledByDefault = false
    static let cadence = Cadence.slow(.seconds(900))
    static let scope = Scope.database

    let source: Source

    /// More tables are not told of: those with the most empty space count.
    private static let tablesMax = 50

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stats",
                from: """
                    (SELECT t.schemaname, t.relname, c.relpages, \
                    greatest(c.relpages - ceil(c.reltuples * (28 + 8 * ceil(w.width / 8.0)) \
                    / (current_setting('block_size')::float8 - 24)), 0) AS pages \
                    FROM pg_stat_user_tables t JOIN pg_class c ON c.oid = t.relid JOIN \
                    (SELECT schemaname, tablename, sum((1 - null_frac) * avg_width) AS width, count(*) AS columns \
                    FROM $relation WHERE NOT inherited GROUP BY 1, 2) w \
                    ON w.schemaname = t.schemaname AND w.tablename = t.relname \
                    WHERE c.relpages > 0 AND c.reltuples >= 0 AND w.columns = (SELECT count(*) FROM pg_attribute a \
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) \
                    ORDER BY pages DESC LIMIT \(tablesMax)) b
                    """,
                [
                    .label("datname", "current_database()"), .label("schemaname", "b.schemaname"),
                    .label("relname", "b.relname"),
                    .gauge(
                        "pg_table_bloat_bytes",
                        "Estimated empty space of the table.",
                        "b.pages * current_setting('block_size')::bigint"
                    ),
                    .gauge(
                        "pg_table_bloat_ratio",
                        "Estimated part of the table that is empty space.",
                        "b.pages / b.relpages"
                    ),
                ]
            )
        ]
    }
}
