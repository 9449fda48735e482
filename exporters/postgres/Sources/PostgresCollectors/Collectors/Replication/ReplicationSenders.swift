import ExporterSDK

/// Who receives WAL from this server, and at which stage how much of it is. Reads `pg_stat_replication`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW>.
///
/// Receivers with the same name, address and slot are one: the largest lag counts, and `pg_replication_connections` says
/// how many there are. What a receiver does not tell (pg_receivewal replays nothing) is absent, not 0.
struct ReplicationSendersCollector: PlainCollector {
    static let name: StaticString = "replication_senders"
    static let help: StaticString = "Lag of each receiver of WAL by stage in bytes and seconds, and its state."

    let source: Source

    private static let base = """
        (SELECT r.*, coalesce(host(r.client_addr), '') AS address, coalesce(s.slot_name, '') AS slot, \
        coalesce(s.slot_type, 'physical') AS kind, \(WalPosition.now) AS now_lsn \
        FROM $relation r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid) b
        """

    private static let labels: [Column] = [
        .label("application_name", "b.application_name"), .label("client_addr", "b.address"),
        .label("slot_name", "b.slot"), .label("walsender_kind", "b.kind"),
    ]

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query("pg_stat_replication", from: "\(base) GROUP BY 1, 2, 3, 4", labels + sums),
            Query(
                "pg_stat_replication",
                from: """
                    \(base) CROSS JOIN LATERAL (VALUES ('sent', now_lsn - sent_lsn, NULL::interval), \
                    ('write', sent_lsn - write_lsn, write_lag), ('flush', write_lsn - flush_lsn, flush_lag), \
                    ('replay', flush_lsn - replay_lsn, replay_lag)) v (stage, bytes, lag) GROUP BY 1, 2, 3, 4, 5
                    """,
                labels + [
                    .label("stage", "v.stage"),
                    .gauge(
                        "pg_replication_stage_lag_bytes",
                        "Bytes of WAL between a stage and the one before: not sent, not written, not flushed, not replayed.",
                        "max(greatest(v.bytes, 0))"
                    ),
                    .gauge(
                        "pg_replication_stage_lag_seconds",
                        "Time from writing WAL here until the receiver told of that stage; 0 when all is replayed.",
                        "max(extract(epoch FROM CASE WHEN v.stage <> 'sent' AND b.replay_lsn >= b.now_lsn "
                            + "THEN interval '0' ELSE v.lag END))"
                    ),
                ]
            ),
            states("pg_replication_state", "state", ["startup", "catchup", "streaming", "backup", "stopping"]),
            states("pg_replication_sync_state", "sync_state", ["async", "potential", "sync", "quorum"]),
        ]
    }

    private static let sums: [Column] = [
        .gauge("pg_replication_connections", "Connections of receivers with this name, address and slot.", "count(*)"),
        .gauge(
            "pg_replication_receiver_lag_bytes",
            "Bytes of WAL that this server has and the receiver has not replayed.",
            "max(b.now_lsn - b.replay_lsn)"
        ),
        .gauge(
            "pg_replication_reply_age_seconds",
            "Seconds since the receiver's last reply, by its clock and ours.",
            "max(greatest(extract(epoch FROM clock_timestamp() - b.reply_time), 0))"
        ),
    ]

    private static func states(_ metric: String, _ column: StaticString, _ states: [String]) -> Query {
        let values = states.map { "(\(quoted($0)))" }.joined(separator: ", ")
        return Query(
            "pg_stat_replication",
            from: "\(base) CROSS JOIN (VALUES \(values)) v (state) GROUP BY 1, 2, 3, 4, 5",
            labels + [
                .label(column, "v.state"),
                .gauge(metric, "1 for the \(column) that the receiver is in.", "max((b.\(column) = v.state)::int)"),
            ]
        )
    }
}
