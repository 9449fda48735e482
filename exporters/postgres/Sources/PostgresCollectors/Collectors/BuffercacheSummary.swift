import ExporterSDK

/// What is in the shared buffers. Asks `pg_buffercache_summary()` of the extension pg_buffercache, which takes no locks;
/// see <https://www.postgresql.org/docs/current/pgbuffercache.html>.
struct BuffercacheSummaryCollector: PlainCollector {
    static let name: StaticString = "buffercache_summary"
    static let help: StaticString = "Shared buffers used, dirty and pinned, from the extension pg_buffercache."
    static let isEnabledByDefault = false

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_buffercache_summary()",
                [
                    .gauge(
                        "pg_buffercache_summary_buffers_used",
                        "Number of used shared buffers",
                        "buffers_used"
                    ),
                    .gauge(
                        "pg_buffercache_summary_buffers_unused",
                        "Number of unused shared buffers",
                        "buffers_unused"
                    ),
                    .gauge(
                        "pg_buffercache_summary_buffers_dirty",
                        "Number of dirty shared buffers",
                        "buffers_dirty"
                    ),
                    .gauge(
                        "pg_buffercache_summary_buffers_pinned",
                        "Number of pinned shared buffers",
                        "buffers_pinned"
                    ),
                    .gauge(
                        "pg_buffercache_summary_usagecount_avg",
                        "Average usage count of used shared buffers",
                        "usagecount_avg"
                    ),
                ]
            )
        ]
    }
}
