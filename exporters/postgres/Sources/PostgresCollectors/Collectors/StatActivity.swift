import ExporterSDK

/// Sessions by all that tells them apart. Reads `pg_stat_activity`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW>.
///
/// The labels are postgres_exporter's, and many; `connections` has the sums that alerts want.
struct StatActivityCollector: PlainCollector {
    static let name: StaticString = "stat_activity"
    static let help: StaticString = "Sessions by database, state, user, program and wait event, from pg_stat_activity."

    let source: Source

    private static let states = [
        "active", "idle", "idle in transaction", "idle in transaction (aborted)", "fastpath function call", "disabled",
    ]

    static func queries(_ flags: FlagValues) -> [Query] {
        let states = states.map { "(\(quoted($0)))" }.joined(separator: ", ")
        return [
            Query(
                "pg_stat_activity",
                from: """
                    (VALUES \(states)) s (state) CROSS JOIN pg_database d LEFT JOIN \
                    (SELECT datname, state, usename, application_name, backend_type, wait_event_type, wait_event, \
                    count(*) AS count, max(extract(epoch FROM now() - xact_start)) AS duration \
                    FROM $relation WHERE pid <> pg_backend_pid() GROUP BY 1, 2, 3, 4, 5, 6, 7) a \
                    ON a.state = s.state AND a.datname = d.datname
                    """,
                [
                    .label("datname", "d.datname"),
                    .label("state", "s.state"),
                    .label("usename", "a.usename"),
                    .label("application_name", "a.application_name"),
                    .label("backend_type", "a.backend_type"),
                    .label("wait_event_type", "a.wait_event_type"),
                    .label("wait_event", "a.wait_event"),
                    .gauge("pg_stat_activity_count", "number of connections in this state", "coalesce(a.count, 0)"),
                    .gauge(
                        "pg_stat_activity_max_tx_duration",
                        "max duration in seconds any active transaction has been running",
                        "coalesce(a.duration, 0)"
                    ),
                ]
            )
        ]
    }
}
