import ExporterSDK

/// How many locks there are. Reads `pg_locks`; see
/// <https://www.postgresql.org/docs/current/view-pg-locks.html>.
struct LocksCollector: PlainCollector {
    static let name: StaticString = "locks"
    static let help: StaticString = "Locks by database and mode, and by what is locked, from pg_locks."

    let source: Source

    private static let modes = [
        "accesssharelock", "rowsharelock", "rowexclusivelock", "shareupdateexclusivelock", "sharelock",
        "sharerowexclusivelock", "exclusivelock", "accessexclusivelock", "sireadlock",
    ]

    static func queries(_ flags: FlagValues) -> [Query] {
        let modes = modes.map { "(\(quoted($0)))" }.joined(separator: ", ")
        return [
            Query(
                "pg_locks",
                from: """
                    (VALUES \(modes)) m (mode) CROSS JOIN pg_database d LEFT JOIN \
                    (SELECT database, lower(mode) AS mode, count(*) AS count FROM $relation \
                    WHERE database IS NOT NULL GROUP BY 1, 2) l ON l.mode = m.mode AND l.database = d.oid
                    """,
                [
                    .label("datname", "d.datname"),
                    .label("mode", "m.mode"),
                    .gauge("pg_locks_count", "Number of locks", "coalesce(l.count, 0)"),
                ]
            ),
            Query(
                "pg_locks",
                from: "$relation GROUP BY locktype, lower(mode), granted",
                [
                    .label("locktype"),
                    .label("mode", "lower(mode)"),
                    .label("granted", "granted::text"),
                    .gauge(
                        "pg_locks_by_type",
                        "Locks by what is locked, those of no database too; granted=\"false\" is waited for.",
                        "count(*)"
                    ),
                ]
            ),
        ]
    }
}
