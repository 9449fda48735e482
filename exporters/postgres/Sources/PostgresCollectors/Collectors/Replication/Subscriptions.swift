import ExporterSDK

/// What this server subscribes to. Reads `pg_subscription`, `pg_stat_subscription`, `pg_subscription_rel` and
/// `pg_stat_subscription_stats`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SUBSCRIPTION>.
struct SubscriptionsCollector: PlainCollector {
    static let name: StaticString = "subscriptions"
    static let help: StaticString =
        "Logical subscriptions: whether they work, lag, errors, conflicts, states of their tables."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_subscription",
                from: "$relation s GROUP BY s.subname",
                [.label("subname", "s.subname")] + workers
            ),
            Query(
                "pg_subscription",
                from: "$relation s",
                [
                    .label("subname", "s.subname"),
                    .gauge("pg_subscription_enabled", "Whether the subscription is switched on.", "s.subenabled"),
                ]
            ),
            Query(
                "pg_subscription_rel",
                from: """
                    (SELECT s.oid, s.subname, v.code, v.state FROM pg_subscription s, (VALUES ('i', 'initialize'), \
                    ('d', 'data_copy'), ('f', 'finished_copy'), ('s', 'synchronized'), ('r', 'ready')) v (code, state) \
                    WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())) n \
                    LEFT JOIN $relation r ON r.srsubid = n.oid AND r.srsubstate = n.code GROUP BY 1, 2
                    """,
                [
                    .label("subname", "n.subname", needs: ["pg_subscription.subname"]),
                    .label("state", "n.state"),
                    .gauge(
                        "pg_subscription_relations",
                        "Tables of the subscription by how far their first copy is; all are ready in the end.",
                        "count(r.srrelid)",
                        needs: ["pg_subscription.subname"]
                    ),
                ]
            ),
            Query("pg_stat_subscription_stats", [.label("subname")] + errors),
            Query(
                "pg_stat_subscription_stats",
                from: "$relation s CROSS JOIN LATERAL (VALUES \(conflicts)) v (type, count)",
                [
                    .label("subname", "s.subname"), .label("type", "v.type"),
                    .counter(
                        "pg_subscription_conflicts_total",
                        "Changes that met a conflict, by its type.",
                        "v.count",
                        needs: ["confl_insert_exists"]
                    ),
                ]
            ),
        ]
    }

    private static let conflicts = [
        "insert_exists", "update_origin_differs", "update_exists", "update_missing", "delete_origin_differs",
        "delete_missing", "multiple_unique_conflicts",
    ].map { "('\($0)', s.confl_\($0))" }.joined(separator: ", ")

    private static let errors: [Column] = [
        .counter(
            "pg_subscription_apply_errors_total",
            "Errors while changes were applied.",
            "apply_error_count"
        ),
        .counter(
            "pg_subscription_sync_errors_total",
            "Errors while tables were copied at first.",
            "sync_error_count"
        ),
    ]

    /// The worker that applies changes has no table of its own; the others copy tables.
    private static let workers: [Column] = [
        .gauge(
            "pg_subscription_worker_up",
            "Whether the process runs that applies changes.",
            "(count(s.pid) FILTER (WHERE s.relid IS NULL) > 0)::int"
        ),
        .gauge("pg_subscription_sync_workers", "Processes that copy tables.", "count(s.relid)"),
        .gauge(
            "pg_subscription_received_lag_bytes",
            "Bytes of WAL that the publisher has told of and that were not received.",
            "max(greatest(s.latest_end_lsn - s.received_lsn, 0)) FILTER (WHERE s.relid IS NULL)"
        ),
        .gauge(
            "pg_subscription_received_position_bytes",
            "Position in the publisher's WAL up to which it was received.",
            "max(s.received_lsn - '0/0'::pg_lsn) FILTER (WHERE s.relid IS NULL)"
        ),
        .gauge(
            "pg_subscription_last_message_age_seconds",
            "Seconds since the publisher was heard of.",
            "max(greatest(extract(epoch FROM clock_timestamp() - s.last_msg_receipt_time), 0)) "
                + "FILTER (WHERE s.relid IS NULL)"
        ),
    ]
}
