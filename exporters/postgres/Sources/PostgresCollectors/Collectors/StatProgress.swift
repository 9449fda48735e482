import ExporterSDK

/// Long work that is under way: building indexes, base backups, COPY, ANALYZE, CLUSTER. Reads `pg_stat_progress_*`; see
/// <https://www.postgresql.org/docs/current/progress-reporting.html>.
struct StatProgressCollector: PlainCollector {
    static let name: StaticString = "stat_progress"
    static let help: StaticString = "Progress of index builds, base backups, COPY, ANALYZE and CLUSTER."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_progress_create_index",
                from: "$relation p GROUP BY 1, 2, 3",
                progressLabels + [
                    .label("phase", "p.phase"),
                    sum("create_index", "blocks_done", "Blocks of the table that were read for the index."),
                    sum("create_index", "blocks_total", "Blocks of the table to be read for the index."),
                    sum("create_index", "tuples_done", "Rows that were put into the index."),
                    sum("create_index", "tuples_total", "Rows to be put into the index."),
                    sum("create_index", "lockers_done", "Transactions that were waited for."),
                    sum("create_index", "lockers_total", "Transactions to wait for."),
                ]
            ),
            Query(
                "pg_stat_progress_basebackup",
                from: "$relation p GROUP BY 1",
                [
                    .label("phase", "p.phase"),
                    .gauge("pg_stat_progress_basebackups", "Base backups that are under way.", "count(*)"),
                    sum("basebackup", "backup_streamed", "Bytes of the base backup that were sent.", unit: "_bytes"),
                    sum("basebackup", "backup_total", "Bytes of the base backup, as estimated.", unit: "_bytes"),
                ]
            ),
            Query(
                "pg_stat_progress_copy",
                from: "$relation p GROUP BY 1, 2, 3",
                progressLabels + [
                    .label("command", "p.command"),
                    sum("copy", "bytes_processed", "Bytes that COPY has gone through."),
                    sum("copy", "bytes_total", "Bytes of the file that COPY reads; 0 where that is not known."),
                    sum("copy", "tuples_processed", "Rows that COPY has gone through."),
                    sum("copy", "tuples_excluded", "Rows that the condition of COPY left out."),
                    sum("copy", "tuples_skipped", "Rows that COPY left out because they are malformed."),
                ]
            ),
            Query(
                "pg_stat_progress_analyze",
                from: "$relation p GROUP BY 1, 2, 3",
                progressLabels + [
                    .label("phase", "p.phase"),
                    sum("analyze", "sample_blks_total", "Blocks to be sampled."),
                    sum("analyze", "sample_blks_scanned", "Blocks that were sampled."),
                ]
            ),
            Query(
                "pg_stat_progress_cluster",
                from: "$relation p GROUP BY 1, 2, 3, 4",
                progressLabels + [
                    .label("command", "p.command"),
                    .label("phase", "p.phase"),
                    sum("cluster", "heap_blks_total", "Blocks of the table."),
                    sum("cluster", "heap_blks_scanned", "Blocks of the table that were read."),
                    sum("cluster", "heap_tuples_written", "Rows that were written."),
                ]
            ),
        ]
    }

    private static func sum(_ command: String, _ column: String, _ help: String, unit: String = "") -> Column {
        .gauge("pg_stat_progress_\(command)_\(column)\(unit)", help, "sum(p.\(column))", needs: [column])
    }
}
