import ExporterSDK

/// Who receives WAL, under postgres_exporter's names. Reads `pg_stat_replication`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW>.
///
/// Its label `pid` makes new series at each reconnect; `replication_senders` has lasting ones, and every stage.
struct StatReplicationCollector: PlainCollector {
    static let name: StaticString = "stat_replication"
    static let help: StaticString =
        "WAL receivers by process, under postgres_exporter's names, from pg_stat_replication."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_replication",
                from: "$relation r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid",
                [
                    .label("application_name", "r.application_name"), .label("client_addr", "host(r.client_addr)"),
                    .label("state", "r.state"), .label("slot_name", "s.slot_name"), .label("pid", "r.pid"),
                    .gauge(
                        "pg_stat_replication_pg_current_wal_lsn_bytes",
                        "WAL position in bytes",
                        WalPosition.bytes("(\(WalPosition.now))")
                    ),
                    .gauge(
                        "pg_stat_replication_pg_wal_lsn_diff",
                        "Lag in bytes between master and slave",
                        "(\(WalPosition.now)) - r.replay_lsn"
                    ),
                ]
            )
        ]
    }
}
