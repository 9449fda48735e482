import ExporterSDK

/// What happened in each database. Reads `pg_stat_database`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW>.
struct StatDatabaseCollector: PlainCollector {
    static let name: StaticString = "stat_database"
    static let help: StaticString =
        "Transactions, rows, blocks, sessions and failures by database, from pg_stat_database."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_database",
                from: "$relation WHERE datname IS NOT NULL",
                [.label("datid"), .label("datname")] + peers + ours
            ),
            // The row of what belongs to no database has damaged pages too.
            Query(
                "pg_stat_database",
                [
                    .label("datid"),
                    .label("datname"),
                    .counter(
                        "pg_stat_database_checksum_failures_total",
                        "Pages whose checksum was wrong; datid 0 is what all databases share.",
                        "checksum_failures"
                    ),
                    .gauge(
                        "pg_stat_database_checksum_last_failure_timestamp_seconds",
                        "When a page's checksum was wrong last, since 1970.",
                        "extract(epoch FROM checksum_last_failure)",
                        needs: ["checksum_last_failure"]
                    ),
                ]
            ),
        ]
    }

    /// What postgres_exporter has, under its names.
    private static let peers: [Column] = [
        .gauge(
            "pg_stat_database_numbackends",
            "Number of backends currently connected to this database. This is the only column in this view that "
                + "returns a value reflecting current state; all other columns return the accumulated values since the "
                + "last reset.",
            "numbackends"
        ),
        .counter(
            "pg_stat_database_xact_commit",
            "Number of transactions in this database that have been committed",
            "xact_commit"
        ),
        .counter(
            "pg_stat_database_xact_rollback",
            "Number of transactions in this database that have been rolled back",
            "xact_rollback"
        ),
        .counter("pg_stat_database_blks_read", "Number of disk blocks read in this database", "blks_read"),
        .counter(
            "pg_stat_database_blks_hit",
            "Number of times disk blocks were found already in the buffer cache, so that a read was not necessary (this "
                + "only includes hits in the PostgreSQL buffer cache, not the operating system's file system cache)",
            "blks_hit"
        ),
        .counter(
            "pg_stat_database_tup_returned",
            "Number of rows returned by queries in this database",
            "tup_returned"
        ),
        .counter("pg_stat_database_tup_fetched", "Number of rows fetched by queries in this database", "tup_fetched"),
        .counter(
            "pg_stat_database_tup_inserted",
            "Number of rows inserted by queries in this database",
            "tup_inserted"
        ),
        .counter("pg_stat_database_tup_updated", "Number of rows updated by queries in this database", "tup_updated"),
        .counter("pg_stat_database_tup_deleted", "Number of rows deleted by queries in this database", "tup_deleted"),
        .counter(
            "pg_stat_database_conflicts",
            "Number of queries canceled due to conflicts with recovery in this database. (Conflicts occur only on "
                + "standby servers; see pg_stat_database_conflicts for details.)",
            "conflicts"
        ),
        .counter(
            "pg_stat_database_temp_files",
            "Number of temporary files created by queries in this database. All temporary files are counted, regardless "
                + "of why the temporary file was created (e.g., sorting or hashing), and regardless of the "
                + "log_temp_files setting.",
            "temp_files"
        ),
        .counter(
            "pg_stat_database_temp_bytes",
            "Total amount of data written to temporary files by queries in this database. All temporary files are "
                + "counted, regardless of why the temporary file was created, and regardless of the log_temp_files "
                + "setting.",
            "temp_bytes"
        ),
        .counter("pg_stat_database_deadlocks", "Number of deadlocks detected in this database", "deadlocks"),
        .counter(
            "pg_stat_database_blk_read_time",
            "Time spent reading data file blocks by backends in this database, in milliseconds",
            "blk_read_time"
        ),
        .counter(
            "pg_stat_database_blk_write_time",
            "Time spent writing data file blocks by backends in this database, in milliseconds",
            "blk_write_time"
        ),
        .counter(
            "pg_stat_database_stats_reset",
            "Time at which these statistics were last reset",
            "extract(epoch FROM stats_reset)"
        ),
        .counter(
            "pg_stat_database_active_time_seconds_total",
            "Time spent executing SQL statements in this database, in seconds",
            "active_time / 1000.0",
            needs: ["active_time"]
        ),
    ]

    private static let ours: [Column] = [
        .counter(
            "pg_stat_database_blk_read_seconds_total",
            "Time that backends waited for reading blocks of files; counted where track_io_timing is on.",
            "blk_read_time / 1000.0"
        ),
        .counter(
            "pg_stat_database_blk_write_seconds_total",
            "Time that backends waited for writing blocks of files; counted where track_io_timing is on.",
            "blk_write_time / 1000.0"
        ),
        .counter(
            "pg_stat_database_session_seconds_total",
            "Time that sessions were connected to the database.",
            "session_time / 1000.0",
            needs: ["session_time"]
        ),
        .counter(
            "pg_stat_database_idle_in_transaction_seconds_total",
            "Time that sessions had a transaction open and did nothing.",
            "idle_in_transaction_time / 1000.0",
            needs: ["idle_in_transaction_time"]
        ),
        .counter("pg_stat_database_sessions_total", "Sessions that were begun.", "sessions"),
        .counter(
            "pg_stat_database_sessions_abandoned_total",
            "Sessions whose client was gone without a word.",
            "sessions_abandoned"
        ),
        .counter("pg_stat_database_sessions_fatal_total", "Sessions that a fatal error ended.", "sessions_fatal"),
        .counter("pg_stat_database_sessions_killed_total", "Sessions that an operator ended.", "sessions_killed"),
        .counter(
            "pg_stat_database_parallel_workers_to_launch_total",
            "Parallel workers that queries planned.",
            "parallel_workers_to_launch"
        ),
        .counter(
            "pg_stat_database_parallel_workers_launched_total",
            "Parallel workers that queries got.",
            "parallel_workers_launched"
        ),
    ]
}
