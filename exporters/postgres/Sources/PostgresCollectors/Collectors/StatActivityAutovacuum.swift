import ExporterSDK

/// Tables that autovacuum works on. Reads `pg_stat_activity`.
struct StatActivityAutovacuumCollector: PlainCollector {
    static let name: StaticString = "stat_activity_autovacuum"
    static let help: StaticString = "Tables that autovacuum works on, and since when, under postgres_exporter's name."
    static let isEnabledByDefault = false

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_activity",
                from: "$relation WHERE query LIKE 'autovacuum:%' GROUP BY 1",
                [
                    // autovacuum: VACUUM ANALYZE public.t (to prevent wraparound)
                    .label("relname", "split_part(regexp_replace(query, '^autovacuum: [A-Z ]+', ''), ' ', 1)"),
                    .gauge(
                        "pg_stat_activity_autovacuum_timestamp_seconds",
                        "The query timestamp in seconds",
                        "min(extract(epoch FROM xact_start))"
                    ),
                ]
            )
        ]
    }
}
