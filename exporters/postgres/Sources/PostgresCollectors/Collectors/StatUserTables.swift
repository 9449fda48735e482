import ExporterSDK

/// What happened in each table of the database. Reads `pg_stat_user_tables`; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW>.
///
/// Sizes are the number of pages that the last vacuum or analyze counted, so no table is locked or looked at for them;
/// `table_sizes` measures them, now and then.
struct StatUserTablesCollector: PlainCollector {
    static let name: StaticString = "stat_user_tables"
    static let help: StaticString =
        "Scans, rows, vacuums and size of each table of the database, from pg_stat_user_tables."

    static let scope = Scope.database

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_user_tables",
                from: "$relation t \(sizes)",
                [
                    .label("datname", "current_database()"), .label("schemaname", "t.schemaname"),
                    .label("relname", "t.relname"),
                ]
                    + counts + times + ours
            )
        ]
    }

    /// Pages of the table with its TOAST table, and of its indexes.
    private static let sizes = """
        LEFT JOIN pg_class c ON c.oid = t.relid LEFT JOIN pg_class o ON o.oid = c.reltoastrelid \
        LEFT JOIN (SELECT i.indrelid, sum(x.relpages) AS pages FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid \
        GROUP BY 1) s ON s.indrelid = t.relid
        """

    private static let counts: [Column] = [
        .counter("pg_stat_user_tables_seq_scan", "Number of sequential scans initiated on this table", "t.seq_scan"),
        .counter(
            "pg_stat_user_tables_seq_tup_read",
            "Number of live rows fetched by sequential scans",
            "t.seq_tup_read"
        ),
        .counter(
            "pg_stat_user_tables_idx_scan",
            "Number of index scans initiated on this table",
            "coalesce(t.idx_scan, 0)"
        ),
        .counter(
            "pg_stat_user_tables_idx_tup_fetch",
            "Number of live rows fetched by index scans",
            "coalesce(t.idx_tup_fetch, 0)"
        ),
        .counter("pg_stat_user_tables_n_tup_ins", "Number of rows inserted", "t.n_tup_ins"),
        .counter("pg_stat_user_tables_n_tup_upd", "Number of rows updated", "t.n_tup_upd"),
        .counter("pg_stat_user_tables_n_tup_del", "Number of rows deleted", "t.n_tup_del"),
        .counter(
            "pg_stat_user_tables_n_tup_hot_upd",
            "Number of rows HOT updated (i.e., with no separate index update required)",
            "t.n_tup_hot_upd"
        ),
        .gauge("pg_stat_user_tables_n_live_tup", "Estimated number of live rows", "t.n_live_tup"),
        .gauge("pg_stat_user_tables_n_dead_tup", "Estimated number of dead rows", "t.n_dead_tup"),
        .gauge(
            "pg_stat_user_tables_n_mod_since_analyze",
            "Estimated number of rows changed since last analyze",
            "t.n_mod_since_analyze"
        ),
        .counter(
            "pg_stat_user_tables_vacuum_count",
            "Number of times this table has been manually vacuumed (not counting VACUUM FULL)",
            "t.vacuum_count"
        ),
        .counter(
            "pg_stat_user_tables_autovacuum_count",
            "Number of times this table has been vacuumed by the autovacuum daemon",
            "t.autovacuum_count"
        ),
        .counter(
            "pg_stat_user_tables_analyze_count",
            "Number of times this table has been manually analyzed",
            "t.analyze_count"
        ),
        .counter(
            "pg_stat_user_tables_autoanalyze_count",
            "Number of times this table has been analyzed by the autovacuum daemon",
            "t.autoanalyze_count"
        ),
        .gauge(
            "pg_stat_user_tables_index_size_bytes",
            "Total disk space used by this index, in bytes",
            "coalesce(s.pages, 0) * current_setting('block_size')::bigint"
        ),
        .gauge(
            "pg_stat_user_tables_table_size_bytes",
            "Total disk space used by this table, in bytes",
            "(c.relpages::bigint + coalesce(o.relpages, 0)) * current_setting('block_size')::bigint"
        ),
    ]

    /// Absent where it never was.
    private static let times: [Column] = [
        ("last_vacuum", "Last time at which this table was manually vacuumed (not counting VACUUM FULL)"),
        ("last_autovacuum", "Last time at which this table was vacuumed by the autovacuum daemon"),
        ("last_analyze", "Last time at which this table was manually analyzed"),
        ("last_autoanalyze", "Last time at which this table was analyzed by the autovacuum daemon"),
    ].map { name, help in
        .gauge("pg_stat_user_tables_\(name)", help, "extract(epoch FROM t.\(name))")
    }

    private static let ours: [Column] =
        [
            .counter(
                "pg_stat_user_tables_n_tup_newpage_upd_total",
                "Rows whose new version went to another page.",
                "t.n_tup_newpage_upd",
                needs: ["n_tup_newpage_upd"]
            ),
            .gauge(
                "pg_stat_user_tables_n_ins_since_vacuum",
                "Rows inserted since the last vacuum, as estimated.",
                "t.n_ins_since_vacuum",
                needs: ["n_ins_since_vacuum"]
            ),
            .gauge(
                "pg_stat_user_tables_last_seq_scan_timestamp_seconds",
                "When the table was scanned last, since 1970.",
                "extract(epoch FROM t.last_seq_scan)",
                needs: ["last_seq_scan"]
            ),
            .gauge(
                "pg_stat_user_tables_last_idx_scan_timestamp_seconds",
                "When an index of the table was used last, since 1970.",
                "extract(epoch FROM t.last_idx_scan)",
                needs: ["last_idx_scan"]
            ),
        ]
        + ["vacuum", "autovacuum", "analyze", "autoanalyze"].map { name in
            .counter(
                "pg_stat_user_tables_\(name)_seconds_total",
                "Time that \(name) has spent on the table.",
                "t.total_\(name)_time / 1000.0",
                needs: ["total_\(name)_time"]
            )
        }
}
