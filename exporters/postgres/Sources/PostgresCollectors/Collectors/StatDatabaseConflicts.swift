import ExporterSDK

/// Queries that a standby ended because they were in the way of recovery. Reads `pg_stat_database_conflicts`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-CONFLICTS-VIEW>.
struct StatDatabaseConflictsCollector: PlainCollector {
    static let name: StaticString = "stat_database_conflicts"
    static let help: StaticString =
        "Queries that a standby ended for recovery, by reason, from pg_stat_database_conflicts."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_database_conflicts",
                [.label("datid"), .label("datname"), .label("server", "$server")] + [
                    .counter(
                        "pg_stat_database_conflicts_confl_tablespace",
                        "Number of queries in this database that have been canceled due to dropped tablespaces",
                        "confl_tablespace"
                    ),
                    .counter(
                        "pg_stat_database_conflicts_confl_lock",
                        "Number of queries in this database that have been canceled due to lock timeouts",
                        "confl_lock"
                    ),
                    .counter(
                        "pg_stat_database_conflicts_confl_snapshot",
                        "Number of queries in this database that have been canceled due to old snapshots",
                        "confl_snapshot"
                    ),
                    .counter(
                        "pg_stat_database_conflicts_confl_bufferpin",
                        "Number of queries in this database that have been canceled due to pinned buffers",
                        "confl_bufferpin"
                    ),
                    .counter(
                        "pg_stat_database_conflicts_confl_deadlock",
                        "Number of queries in this database that have been canceled due to deadlocks",
                        "confl_deadlock"
                    ),
                    .counter(
                        "pg_stat_database_conflicts_confl_active_logicalslot",
                        "Uses of logical slots that were ended because what they need is gone on the primary.",
                        "confl_active_logicalslot"
                    ),
                ]
            )
        ]
    }
}
