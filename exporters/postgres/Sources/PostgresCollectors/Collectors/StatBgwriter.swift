import ExporterSDK

/// What the background writer did, and the checkpoints. Reads `pg_stat_bgwriter`, and from PostgreSQL 17 on
/// `pg_stat_checkpointer` for what has moved there; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-BGWRITER-VIEW>.
struct StatBgwriterCollector: PlainCollector {
    static let name: StaticString = "stat_bgwriter"
    static let help: StaticString = "Work of the background writer and checkpoints, by the same names on every version."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_bgwriter",
                [
                    .counter("pg_stat_bgwriter_buffers_alloc_total", "Number of buffers allocated", "buffers_alloc"),
                    .counter(
                        "pg_stat_bgwriter_buffers_clean_total",
                        "Number of buffers written by the background writer",
                        "buffers_clean"
                    ),
                    .counter(
                        "pg_stat_bgwriter_maxwritten_clean_total",
                        "Number of times the background writer stopped a cleaning scan because it had written too many"
                            + " buffers",
                        "maxwritten_clean"
                    ),
                    .counter(
                        "pg_stat_bgwriter_buffers_backend_total",
                        "Number of buffers written directly by a backend",
                        "buffers_backend"
                    ),
                    .counter(
                        "pg_stat_bgwriter_buffers_backend_fsync_total",
                        "Number of times a backend had to execute its own fsync call (normally the background writer"
                            + " handles those even when the backend does its own write)",
                        "buffers_backend_fsync"
                    ),
                    .counter(
                        "pg_stat_bgwriter_stats_reset_total",
                        "Time at which these statistics were last reset",
                        "extract(epoch FROM stats_reset)"
                    ),
                ]
                    + checkpoints(
                        "checkpoints_timed",
                        "checkpoints_req",
                        "checkpoint_write_time",
                        "checkpoint_sync_time",
                        "buffers_checkpoint"
                    )
            ),
            Query(
                "pg_stat_checkpointer",
                checkpoints("num_timed", "num_requested", "write_time", "sync_time", "buffers_written")
            ),
        ]
    }

    /// The columns of checkpoints, as they are called in one of the two views.
    private static func checkpoints(
        _ timed: String,
        _ requested: String,
        _ write: String,
        _ sync: String,
        _ buffers: String
    ) -> [Column] {
        [
            .counter(
                "pg_stat_bgwriter_checkpoints_timed_total",
                "Number of scheduled checkpoints that have been performed",
                timed
            ),
            .counter(
                "pg_stat_bgwriter_checkpoints_req_total",
                "Number of requested checkpoints that have been performed",
                requested
            ),
            .counter(
                "pg_stat_bgwriter_checkpoint_write_time_total",
                "Total amount of time that has been spent in the portion of checkpoint processing where files are"
                    + " written to disk, in milliseconds",
                write
            ),
            .counter(
                "pg_stat_bgwriter_checkpoint_sync_time_total",
                "Total amount of time that has been spent in the portion of checkpoint processing where files are"
                    + " synchronized to disk, in milliseconds",
                sync
            ),
            .counter(
                "pg_stat_bgwriter_buffers_checkpoint_total",
                "Number of buffers written during checkpoints",
                buffers
            ),
        ]
    }
}
