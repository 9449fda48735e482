import ExporterSDK

/// How much WAL is made and written. Reads `pg_stat_wal`, which PostgreSQL has from 14 on, and from 18 on `pg_stat_io` for
/// what has moved there; see <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-WAL-VIEW>.
struct StatWalCollector: PlainCollector {
    static let name: StaticString = "stat_wal"
    static let help: StaticString = "WAL that was generated, written and synced, by the same names on every version."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_wal",
                [
                    .counter("pg_stat_wal_records_total", "WAL records that were generated.", "wal_records"),
                    .counter("pg_stat_wal_full_page_images_total", "Images of whole pages in WAL.", "wal_fpi"),
                    .counter("pg_stat_wal_bytes_total", "Bytes of WAL that were generated.", "wal_bytes"),
                    .counter(
                        "pg_stat_wal_buffers_full_total",
                        "Times that WAL was written because its buffers were full.",
                        "wal_buffers_full"
                    ),
                    .gauge(
                        "pg_stat_wal_stats_reset_timestamp_seconds",
                        "When these numbers began at 0, since 1970.",
                        "extract(epoch FROM stats_reset)"
                    ),
                ] + writes("wal_write", "wal_sync", "wal_write_time", "wal_sync_time")
            ),
            Query(
                "pg_stat_io",
                // From 18 on, when the view has a column for the bytes, WAL is one of its objects.
                from: "(SELECT sum(writes) AS writes, sum(fsyncs) AS fsyncs, sum(write_time) AS write_time, "
                    + "sum(fsync_time) AS fsync_time FROM $relation WHERE object = 'wal') w",
                writes("writes", "fsyncs", "write_time", "fsync_time", needs: ["write_bytes"])
            ),
        ]
    }

    private static func writes(
        _ writes: String,
        _ syncs: String,
        _ writeTime: String,
        _ syncTime: String,
        needs: [String] = []
    ) -> [Column] {
        [
            .counter(
                "pg_stat_wal_writes_total",
                "Times that WAL was written to its file.",
                writes,
                needs: needs + [writes]
            ),
            .counter("pg_stat_wal_syncs_total", "Times that WAL was synced to disk.", syncs, needs: needs + [syncs]),
            .counter(
                "pg_stat_wal_write_seconds_total",
                "Time in writing WAL; counted where track_wal_io_timing is on.",
                "\(writeTime) / 1000.0",
                needs: needs + [writeTime]
            ),
            .counter(
                "pg_stat_wal_sync_seconds_total",
                "Time in syncing WAL; counted where track_wal_io_timing is on.",
                "\(syncTime) / 1000.0",
                needs: needs + [syncTime]
            ),
        ]
    }
}
