import ExporterSDK

/// Open transactions. Reads `pg_stat_activity`.
///
/// The peer's metric named after a timestamp is an age, and stays one; `connections` has the same under a right name.
struct LongRunningTransactionsCollector: PlainCollector {
    static let name: StaticString = "long_running_transactions"
    static let help: StaticString = "Open transactions and the age of the oldest, under postgres_exporter's names."
    static let isEnabledByDefault = false

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_activity",
                from: """
                    $relation WHERE state IS DISTINCT FROM 'idle' AND query NOT LIKE 'autovacuum:%' \
                    AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
                    """,
                [
                    .gauge(
                        "pg_long_running_transactions",
                        "Current number of long running transactions",
                        "count(*)"
                    ),
                    .gauge(
                        "pg_long_running_transactions_oldest_timestamp_seconds",
                        "The current maximum transaction age in seconds",
                        "coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)"
                    ),
                ]
            )
        ]
    }
}
