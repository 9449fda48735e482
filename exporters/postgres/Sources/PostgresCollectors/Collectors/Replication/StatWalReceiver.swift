import ExporterSDK

/// The process that receives WAL, under postgres_exporter's names. Reads `pg_stat_wal_receiver`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-WAL-RECEIVER-VIEW>.
///
/// `replication` says what is to be known of a standby.
struct StatWalReceiverCollector: PlainCollector {
    static let name: StaticString = "stat_wal_receiver"
    static let help: StaticString = "The WAL receiver of a standby, under postgres_exporter's names."
    static let isEnabledByDefault = false

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_wal_receiver",
                role: .standby,
                [
                    .label("upstream_host", "sender_host", needs: ["sender_host"]), .label("slot_name"),
                    .label("status"),
                ] + positions + times
            )
        ]
    }

    private static let positions: [Column] = [
        .counter(
            "pg_stat_wal_receiver_receive_start_lsn",
            "First write-ahead log location used when WAL receiver is started represented as a decimal",
            WalPosition.bytes("receive_start_lsn"),
            needs: ["receive_start_lsn"]
        ),
        .gauge(
            "pg_stat_wal_receiver_receive_start_tli",
            "First timeline number used when WAL receiver is started",
            "receive_start_tli"
        ),
        .counter(
            "pg_stat_wal_receiver_flushed_lsn",
            "Last write-ahead log location already received and flushed to disk, the initial value of this field being "
                + "the first log location used when WAL receiver is started represented as a decimal",
            WalPosition.bytes("flushed_lsn"),
            needs: ["flushed_lsn"]
        ),
        .gauge(
            "pg_stat_wal_receiver_received_tli",
            "Timeline number of last write-ahead log location received and flushed to disk",
            "received_tli"
        ),
        .counter(
            "pg_stat_wal_receiver_latest_end_lsn",
            "Last write-ahead log location reported to origin WAL sender as integer",
            WalPosition.bytes("latest_end_lsn"),
            needs: ["latest_end_lsn"]
        ),
    ]

    private static let times: [Column] = [
        .counter(
            "pg_stat_wal_receiver_last_msg_send_time",
            "Send time of last message received from origin WAL sender",
            "extract(epoch FROM last_msg_send_time)"
        ),
        .counter(
            "pg_stat_wal_receiver_last_msg_receipt_time",
            "Send time of last message received from origin WAL sender",
            "extract(epoch FROM last_msg_receipt_time)"
        ),
        .counter(
            "pg_stat_wal_receiver_latest_end_time",
            "Time of last write-ahead log location reported to origin WAL sender",
            "extract(epoch FROM latest_end_time)"
        ),
    ]
}
