import ExporterSDK

/// The replication slots: what they keep and what they hold back. Reads `pg_replication_slots`; see
/// <https://www.postgresql.org/docs/current/view-pg-replication-slots.html>.
struct ReplicationSlotsCollector: PlainCollector {
    static let name: StaticString = "replication_slots"
    static let help: StaticString =
        "WAL that replication slots keep, how far they are, and whether they are still good."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_replication_slots",
                from: from,
                [.label("slot_name", "s.slot_name"), .label("slot_type", "s.slot_type")] + peers
            ),
            Query(
                "pg_replication_slots",
                from: "\(from) WHERE s.wal_status IS NOT NULL",
                [
                    .label("slot_name", "s.slot_name"), .label("slot_type", "s.slot_type"),
                    .label("wal_status", "s.wal_status"),
                    .gauge(
                        "pg_replication_slot_wal_status",
                        "availability of WAL files claimed by this slot",
                        "1",
                        needs: ["wal_status"]
                    ),
                ]
            ),
            Query(
                "pg_replication_slots",
                from: from,
                [
                    .label("slot_name", "s.slot_name"), .label("database", "s.database"),
                    .gauge("pg_replication_slots_active", "Flag indicating if the slot is active", "s.active"),
                    .gauge(
                        "pg_replication_slots_pg_wal_lsn_diff",
                        "Replication lag in bytes",
                        "n.lsn - s.restart_lsn"
                    ),
                ]
            ),
            Query("pg_replication_slots", from: from, labels + ours),
            Query(
                "pg_replication_slots",
                from: "\(from) WHERE s.invalidation_reason IS NOT NULL",
                labels + [
                    .label("reason", "s.invalidation_reason"),
                    .gauge(
                        "pg_replication_slot_invalidation",
                        "1 for the reason why the slot can't be used any more.",
                        "1",
                        needs: ["invalidation_reason"]
                    ),
                ]
            ),
        ]
    }

    private static let from = "$relation s CROSS JOIN (SELECT \(WalPosition.now) AS lsn) n"

    private static let labels: [Column] = [
        .label("slot_name", "s.slot_name"), .label("slot_type", "s.slot_type"), .label("database", "s.database"),
    ]

    private static let peers: [Column] = [
        .gauge("pg_replication_slot_slot_current_wal_lsn", "current wal lsn value", WalPosition.bytes("n.lsn")),
        .gauge(
            "pg_replication_slot_slot_confirmed_flush_lsn",
            "last lsn confirmed flushed to the replication slot",
            WalPosition.bytes("s.confirmed_flush_lsn")
        ),
        .gauge(
            "pg_replication_slot_slot_is_active",
            "whether the replication slot is active or not",
            "s.active"
        ),
        .gauge(
            "pg_replication_slot_safe_wal_size_bytes",
            "number of bytes that can be written to WAL such that this slot is not in danger of getting in state lost",
            "s.safe_wal_size",
            needs: ["safe_wal_size"]
        ),
    ]

    private static let ours: [Column] = [
        .gauge("pg_replication_slot_active", "Whether somebody receives by the slot now.", "s.active"),
        .gauge(
            "pg_replication_slot_retained_bytes",
            "Bytes of WAL that are kept for the slot, whether it is active or not.",
            "n.lsn - s.restart_lsn"
        ),
        .gauge(
            "pg_replication_slot_confirmed_lag_bytes",
            "Bytes of WAL since what the receiver of a logical slot has confirmed, whether it is active or not.",
            "n.lsn - s.confirmed_flush_lsn"
        ),
        .gauge(
            "pg_replication_slot_safe_wal_bytes",
            "Bytes of WAL that may still be written before the slot can lose what it needs; absent without a limit.",
            "s.safe_wal_size",
            needs: ["safe_wal_size"]
        ),
        .gauge(
            "pg_replication_slot_inactive_seconds",
            "Seconds since the slot was last in use; 0 while it is.",
            "CASE WHEN s.active THEN 0 ELSE extract(epoch FROM clock_timestamp() - s.inactive_since) END",
            needs: ["inactive_since"]
        ),
        .gauge(
            "pg_replication_slot_xmin_age",
            "Transactions whose dead rows the slot keeps from being cleaned.",
            "age(s.xmin)"
        ),
        .gauge(
            "pg_replication_slot_catalog_xmin_age",
            "Transactions whose dead rows in the catalogs the slot keeps from being cleaned.",
            "age(s.catalog_xmin)"
        ),
        .gauge(
            "pg_replication_slot_lost",
            "Whether WAL that the slot needs is gone.",
            "s.wal_status = 'lost'",
            needs: ["wal_status"]
        ),
        .gauge(
            "pg_replication_slot_conflicting",
            "Whether a logical slot on a standby can't be used any more, as its rows are gone on the primary.",
            "s.conflicting",
            needs: ["conflicting"]
        ),
        .gauge(
            "pg_replication_slot_failover",
            "Whether the slot is to be kept in step on standbys.",
            "s.failover",
            needs: ["failover"]
        ),
        .gauge(
            "pg_replication_slot_synced",
            "Whether a standby has the slot from its primary.",
            "s.synced",
            needs: ["synced"]
        ),
    ]
}
