import ExporterSDK

/// Reads and writes by who did them and of what. Reads `pg_stat_io`, which PostgreSQL has from 16 on; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-IO-VIEW>.
///
/// Before 18 the bytes are operations times `op_bytes`.
struct StatIoCollector: PlainCollector {
    static let name: StaticString = "stat_io"
    static let help: StaticString =
        "Reads, writes, hits and their times by process type, object and context, from pg_stat_io."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_io",
                [.label("backend_type"), .label("object"), .label("context")] + operations + bytes + times + [
                    .counter("pg_stat_io_hits_total", "Blocks that were found in a shared buffer.", "hits"),
                    .counter("pg_stat_io_evictions_total", "Blocks that were put out for others.", "evictions"),
                    .counter(
                        "pg_stat_io_reuses_total",
                        "Times that a buffer of a ring was used again.",
                        "reuses"
                    ),
                    .gauge(
                        "pg_stat_io_stats_reset_timestamp_seconds",
                        "When these numbers began at 0, since 1970.",
                        "extract(epoch FROM stats_reset)"
                    ),
                ]
            )
        ]
    }

    private static let operations: [Column] = [
        .counter("pg_stat_io_reads_total", "Reads.", "reads"),
        .counter("pg_stat_io_writes_total", "Writes.", "writes"),
        .counter("pg_stat_io_writebacks_total", "Blocks that the kernel was asked to write to disk.", "writebacks"),
        .counter("pg_stat_io_extends_total", "Times that a relation was made longer.", "extends"),
        .counter("pg_stat_io_fsyncs_total", "Times that a file was synced to disk.", "fsyncs"),
    ]

    private static let bytes: [Column] = [
        .counter("pg_stat_io_read_bytes_total", "Bytes read.", "read_bytes"),
        .counter("pg_stat_io_read_bytes_total", "Bytes read.", "reads * op_bytes", needs: ["reads", "op_bytes"]),
        .counter("pg_stat_io_write_bytes_total", "Bytes written.", "write_bytes"),
        .counter("pg_stat_io_write_bytes_total", "Bytes written.", "writes * op_bytes", needs: ["writes", "op_bytes"]),
        .counter("pg_stat_io_extend_bytes_total", "Bytes by which relations were made longer.", "extend_bytes"),
        .counter(
            "pg_stat_io_extend_bytes_total",
            "Bytes by which relations were made longer.",
            "extends * op_bytes",
            needs: ["extends", "op_bytes"]
        ),
    ]

    private static let times: [Column] = [
        ("read", "Time in reads"), ("write", "Time in writes"), ("writeback", "Time in asking for writeback"),
        ("extend", "Time in making relations longer"), ("fsync", "Time in syncing"),
    ].map { name, help in
        .counter(
            "pg_stat_io_\(name)_seconds_total",
            "\(help); counted where track_io_timing, or for WAL track_wal_io_timing, is on.",
            "\(name)_time / 1000.0",
            needs: ["\(name)_time"]
        )
    }
}
