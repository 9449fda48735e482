import ExporterSDK

/// How archiving of WAL goes. Reads `pg_stat_archiver`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ARCHIVER-VIEW>.
struct StatArchiverCollector: PlainCollector {
    static let name: StaticString = "stat_archiver"
    static let help: StaticString = "How archiving of WAL files goes, from pg_stat_archiver."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_archiver",
                [
                    .counter(
                        "pg_stat_archiver_archived_count",
                        "Number of WAL files that have been successfully archived",
                        "archived_count"
                    ),
                    .counter(
                        "pg_stat_archiver_failed_count",
                        "Number of failed attempts for archiving WAL files",
                        "failed_count"
                    ),
                    .gauge(
                        "pg_stat_archiver_last_archive_age",
                        "Time in seconds since last WAL segment was successfully archived",
                        "extract(epoch FROM now() - last_archived_time)"
                    ),
                    .gauge(
                        "pg_stat_archiver_last_failed_timestamp_seconds",
                        "When archiving a WAL file failed last, since 1970.",
                        "extract(epoch FROM last_failed_time)"
                    ),
                    .gauge(
                        "pg_stat_archiver_failing",
                        "Whether the last attempt to archive a WAL file failed.",
                        "last_failed_time > coalesce(last_archived_time, '-infinity')"
                    ),
                ]
            )
        ]
    }
}
