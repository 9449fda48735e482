import ExporterSDK

/// What the checkpointer did, by the names of PostgreSQL 17 on every version.
///
/// Reads `pg_stat_checkpointer`, and before 17 `pg_stat_bgwriter`, where these numbers were then; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-CHECKPOINTER-VIEW>. Before 18
/// checkpoints that were skipped, as nothing was written since the last one, count as performed.
struct StatCheckpointerCollector: PlainCollector {
    static let name: StaticString = "stat_checkpointer"
    static let help: StaticString = "Checkpoints and restartpoints, from pg_stat_checkpointer or pg_stat_bgwriter."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_checkpointer",
                columns(["num_timed", "num_requested", "write_time", "sync_time", "buffers_written"]) + [
                    .counter(
                        "pg_stat_checkpointer_num_done_total",
                        "Checkpoints that were performed, without those that were skipped.",
                        "num_done"
                    ),
                    .counter(
                        "pg_stat_checkpointer_restartpoints_timed_total",
                        "Number of scheduled restartpoints due to timeout or after a failed attempt to perform it",
                        "restartpoints_timed"
                    ),
                    .counter(
                        "pg_stat_checkpointer_restartpoints_req_total",
                        "Number of requested restartpoints",
                        "restartpoints_req"
                    ),
                    .counter(
                        "pg_stat_checkpointer_restartpoints_done_total",
                        "Number of restartpoints that have been performed",
                        "restartpoints_done"
                    ),
                    .counter(
                        "pg_stat_checkpointer_slru_written_total",
                        "SLRU buffers written during checkpoints and restartpoints.",
                        "slru_written"
                    ),
                    .counter(
                        "pg_stat_checkpointer_stats_reset_total",
                        "Time at which these statistics were last reset",
                        "extract(epoch FROM stats_reset)"
                    ),
                ]
            ),
            Query(
                "pg_stat_bgwriter",
                columns([
                    "checkpoints_timed", "checkpoints_req", "checkpoint_write_time", "checkpoint_sync_time",
                    "buffers_checkpoint",
                ])
            ),
        ]
    }

    /// What both views have: scheduled, requested, time of writing, time of syncing, buffers.
    private static func columns(_ names: [String]) -> [Column] {
        [
            .counter(
                "pg_stat_checkpointer_num_timed_total",
                "Number of scheduled checkpoints due to timeout",
                names[0]
            ),
            .counter(
                "pg_stat_checkpointer_num_requested_total",
                "Number of requested checkpoints that have been performed",
                names[1]
            ),
            .counter(
                "pg_stat_checkpointer_write_time_total",
                "Total amount of time that has been spent in the portion of processing checkpoints and restartpoints "
                    + "where files are written to disk, in milliseconds",
                names[2]
            ),
            .counter(
                "pg_stat_checkpointer_sync_time_total",
                "Total amount of time that has been spent in the portion of processing checkpoints and restartpoints "
                    + "where files are synchronized to disk, in milliseconds",
                names[3]
            ),
            .counter(
                "pg_stat_checkpointer_buffers_written_total",
                "Number of buffers written during checkpoints and restartpoints",
                names[4]
            ),
            .counter(
                "pg_stat_checkpointer_write_seconds_total",
                "Time in which checkpoints and restartpoints wrote files.",
                "\(names[2]) / 1000.0",
                needs: [names[2]]
            ),
            .counter(
                "pg_stat_checkpointer_sync_seconds_total",
                "Time in which checkpoints and restartpoints synced files to disk.",
                "\(names[3]) / 1000.0",
                needs: [names[3]]
            ),
        ]
    }
}
