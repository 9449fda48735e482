/// A number of `pg_stat_statements`: what it is called here, and by which columns on which version.
struct StatementColumn: Sendable {
    let name: StaticString
    let metric: String
    let help: String
    /// The expressions that give it, of which the server has one at most.
    let columns: [Column]

    private init(_ name: StaticString, _ metric: String, _ help: String, _ sources: [(sql: String, needs: [String])]) {
        self.name = name
        self.metric = "pg_stat_statements_\(metric)"
        self.help = help
        columns = sources.map { source in
            .value(name, "sum(\(source.sql))", needs: source.needs.map { "pg_stat_statements.\($0)" })
        }
    }

    private static func count(_ column: StaticString, _ metric: String, _ help: String) -> StatementColumn {
        StatementColumn(column, metric, help, [("s.\(column)", ["\(column)"])])
    }

    /// A time in milliseconds, by each name that it has had.
    private static func time(
        _ name: StaticString,
        _ metric: String,
        _ help: String,
        _ columns: [String]
    ) -> StatementColumn {
        StatementColumn(name, metric, help, columns.map { ("s.\($0) / 1000.0", [$0]) })
    }

    /// The first is what statements are ranked by.
    static let all: [StatementColumn] = [
        time("seconds", "seconds_total", "Total time spent in the statement, in seconds", ["total_exec_time"]),
        count("calls", "calls_total", "Number of times executed"),
        count("rows", "rows_total", "Total number of rows retrieved or affected by the statement"),
        time(
            "block_read",
            "block_read_seconds_total",
            "Total time the statement spent reading blocks, in seconds",
            ["blk_read_time", "shared_blk_read_time"]
        ),
        time(
            "block_write",
            "block_write_seconds_total",
            "Total time the statement spent writing blocks, in seconds",
            ["blk_write_time", "shared_blk_write_time"]
        ),
        count("plans", "plans_total", "Times that the statement was planned, where that is counted."),
        time(
            "plan",
            "plan_seconds_total",
            "Time in planning the statement, where that is counted.",
            ["total_plan_time"]
        ),
        count("shared_blks_hit", "shared_blocks_hit_total", "Blocks that were found in shared buffers."),
        count("shared_blks_read", "shared_blocks_read_total", "Blocks that were read into shared buffers."),
        count("shared_blks_dirtied", "shared_blocks_dirtied_total", "Blocks in shared buffers that were changed."),
        count("shared_blks_written", "shared_blocks_written_total", "Blocks of shared buffers that were written."),
        count("temp_blks_read", "temp_blocks_read_total", "Blocks of temporary files that were read."),
        count("temp_blks_written", "temp_blocks_written_total", "Blocks of temporary files that were written."),
        count("wal_bytes", "wal_bytes_total", "Bytes of WAL that the statement generated."),
    ]
}
