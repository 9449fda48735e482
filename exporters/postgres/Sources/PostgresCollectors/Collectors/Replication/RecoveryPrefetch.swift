import ExporterSDK

/// What a standby reads ahead while it replays. Reads `pg_stat_recovery_prefetch`, from PostgreSQL 15 on; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-RECOVERY-PREFETCH>.
struct RecoveryPrefetchCollector: PlainCollector {
    static let name: StaticString = "recovery_prefetch"
    static let help: StaticString = "Blocks that a standby reads ahead of replay, from pg_stat_recovery_prefetch."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_recovery_prefetch",
                role: .standby,
                [
                    .counter("pg_recovery_prefetch_total", "Blocks that were read ahead.", "prefetch"),
                    .counter("pg_recovery_prefetch_hits_total", "Blocks that were in a buffer already.", "hit"),
                    .counter("pg_recovery_prefetch_skip_init_total", "Blocks that are made anew.", "skip_init"),
                    .counter("pg_recovery_prefetch_skip_new_total", "Blocks that did not exist yet.", "skip_new"),
                    .counter(
                        "pg_recovery_prefetch_skip_fpw_total",
                        "Blocks of which WAL has the whole page.",
                        "skip_fpw"
                    ),
                    .counter(
                        "pg_recovery_prefetch_skip_rep_total",
                        "Blocks that were read ahead just before.",
                        "skip_rep"
                    ),
                    .gauge(
                        "pg_recovery_prefetch_wal_distance_bytes",
                        "How far ahead of replay it looks.",
                        "wal_distance"
                    ),
                    .gauge(
                        "pg_recovery_prefetch_block_distance",
                        "Blocks that it looks ahead.",
                        "block_distance"
                    ),
                    .gauge("pg_recovery_prefetch_io_depth", "Reads that are under way.", "io_depth"),
                ]
            )
        ]
    }
}
