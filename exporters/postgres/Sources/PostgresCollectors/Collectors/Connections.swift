import ExporterSDK

/// How many connections there are, how many there may be, and how old what they do is. Reads `pg_stat_activity`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW>.
struct ConnectionsCollector: PlainCollector {
    static let name: StaticString = "connections"
    static let help: StaticString = "Connections by state, their limit, and ages of the oldest transaction and query."

    let source: Source

    private static let states = [
        "active", "idle", "idle in transaction", "idle in transaction (aborted)", "fastpath function call", "disabled",
    ]

    static func queries(_ flags: FlagValues) -> [Query] {
        let states = states.map { "(\(quoted($0)))" }.joined(separator: ", ")
        let clients = "FROM $relation WHERE backend_type = 'client backend'"
        return [
            Query(
                "pg_stat_activity",
                from: """
                    (VALUES \(states)) s (state) LEFT JOIN \
                    (SELECT state, count(*) AS count \(clients) GROUP BY 1) a ON a.state = s.state
                    """,
                [
                    .label("state", "s.state"),
                    .gauge("pg_connections", "Connections of clients by state.", "coalesce(a.count, 0)"),
                ]
            ),
            Query("pg_stat_activity", from: "(SELECT * \(clients)) a", ages),
            Query(
                "pg_stat_activity",
                from: "$relation GROUP BY 1",
                [
                    .label("backend_type", "coalesce(backend_type, 'unknown')"),
                    .gauge("pg_backends", "The server's processes by what they are for.", "count(*)"),
                ]
            ),
        ]
    }

    private static let ages: [Column] = [
        .gauge(
            "pg_connections_used",
            "Connections of clients; compare with pg_connections_limit.",
            "count(*)"
        ),
        .gauge(
            "pg_connections_waiting",
            "Connections whose statement waits for a lock.",
            "count(*) FILTER (WHERE a.wait_event_type = 'Lock')"
        ),
        .gauge(
            "pg_connections_limit",
            "Connections that clients who are no superusers may have: max_connections less those that are reserved.",
            """
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int \
            - coalesce(current_setting('reserved_connections', true)::int, 0)
            """
        ),
        .gauge(
            "pg_oldest_transaction_seconds",
            "Age of the oldest open transaction of a client; 0 where none is open.",
            "coalesce(max(extract(epoch FROM clock_timestamp() - a.xact_start)) "
                + "FILTER (WHERE a.pid <> pg_backend_pid()), 0)"
        ),
        .gauge(
            "pg_oldest_query_seconds",
            "Age of the oldest statement that a client has under way; 0 where there is none.",
            "coalesce(max(extract(epoch FROM clock_timestamp() - a.query_start)) "
                + "FILTER (WHERE a.state = 'active' AND a.pid <> pg_backend_pid()), 0)"
        ),
        .gauge(
            "pg_oldest_idle_in_transaction_seconds",
            "How long the client has done nothing that has done so longest with a transaction open; 0 where none has.",
            "coalesce(max(extract(epoch FROM clock_timestamp() - a.state_change)) "
                + "FILTER (WHERE a.state LIKE 'idle in transaction%'), 0)"
        ),
    ]
}
