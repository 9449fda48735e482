import ExporterSDK

/// The small caches of transaction states and the like. Reads `pg_stat_slru`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SLRU-VIEW>.
///
/// Their names are those of PostgreSQL 17 on every version.
struct StatSlruCollector: PlainCollector {
    static let name: StaticString = "stat_slru"
    static let help: StaticString = "Reads, hits and writes of the SLRU caches, from pg_stat_slru."

    let source: Source

    private static let nameSQL = """
        CASE name WHEN 'CommitTs' THEN 'commit_timestamp' WHEN 'MultiXactMember' THEN 'multixact_member' \
        WHEN 'MultiXactOffset' THEN 'multixact_offset' WHEN 'Notify' THEN 'notify' WHEN 'Serial' THEN 'serializable' \
        WHEN 'Subtrans' THEN 'subtransaction' WHEN 'Xact' THEN 'transaction' ELSE name END
        """

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_slru",
                [
                    .label("slru", nameSQL),
                    .counter("pg_stat_slru_blocks_zeroed_total", "Blocks that were made new.", "blks_zeroed"),
                    .counter("pg_stat_slru_blocks_hit_total", "Blocks that were found in the cache.", "blks_hit"),
                    .counter("pg_stat_slru_blocks_read_total", "Blocks that were read.", "blks_read"),
                    .counter("pg_stat_slru_blocks_written_total", "Blocks that were written.", "blks_written"),
                    .counter(
                        "pg_stat_slru_blocks_exists_total",
                        "Times that it was looked whether a block exists.",
                        "blks_exists"
                    ),
                    .counter("pg_stat_slru_flushes_total", "Times that dirty blocks were flushed.", "flushes"),
                    .counter("pg_stat_slru_truncates_total", "Times that old blocks were removed.", "truncates"),
                ]
            )
        ]
    }
}
