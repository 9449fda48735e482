import ExporterSDK

/// Who waits for a lock, for how long, and how many are in the way. Reads `pg_locks` and `pg_blocking_pids()`; see
/// <https://www.postgresql.org/docs/current/view-pg-locks.html>.
struct BlockedCollector: PlainCollector {
    static let name: StaticString = "blocked"
    static let help: StaticString = "Sessions that wait for locks, the longest wait, and sessions in their way."

    let source: Source

    /// `pg_blocking_pids` stops the lock manager for a moment, so it is asked for so many sessions at most.
    private static let askedMax = 50

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_locks",
                from: "$relation WHERE NOT granted",
                [
                    .gauge("pg_blocked_sessions", "Sessions that wait for a lock.", "count(DISTINCT pid)"),
                    .gauge(
                        "pg_blocked_longest_seconds",
                        "How long the session that waits longest for a lock has waited; 0 where none waits.",
                        "coalesce(extract(epoch FROM clock_timestamp() - min(waitstart)), 0)",
                        needs: ["waitstart"]
                    ),
                ]
            ),
            Query(
                "pg_locks",
                from: """
                    (SELECT DISTINCT pid FROM $relation WHERE NOT granted LIMIT \(askedMax)) w, \
                    LATERAL unnest(pg_blocking_pids(w.pid)) AS b (pid)
                    """,
                [
                    .gauge(
                        "pg_blocking_sessions",
                        "Sessions and prepared transactions that others wait for.",
                        "count(DISTINCT b.pid)"
                    )
                ]
            ),
        ]
    }
}
