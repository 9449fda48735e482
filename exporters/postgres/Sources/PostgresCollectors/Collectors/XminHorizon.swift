import ExporterSDK

/// Who holds back vacuum: the oldest snapshot of each kind, in transactions. Reads `pg_stat_activity`,
/// `pg_replication_slots` and `pg_prepared_xacts`; see
/// <https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY>.
struct XminHorizonCollector: PlainCollector {
    static let name: StaticString = "xmin_horizon"
    static let help: StaticString = "Age of the oldest snapshot that vacuum may not clean behind, by who holds it."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_activity",
                from: """
                    (VALUES ('session'), ('standby'), ('slot'), ('slot_catalog'), ('prepared')) k (holder) LEFT JOIN (\
                    SELECT CASE backend_type WHEN 'walsender' THEN 'standby' ELSE 'session' END AS holder, \
                    max(age(backend_xmin)) AS age FROM $relation \
                    WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() GROUP BY 1 \
                    UNION ALL SELECT 'slot', max(age(xmin)) FROM pg_replication_slots \
                    UNION ALL SELECT 'slot_catalog', max(age(catalog_xmin)) FROM pg_replication_slots \
                    UNION ALL SELECT 'prepared', max(age(transaction)) FROM pg_prepared_xacts\
                    ) h ON h.holder = k.holder
                    """,
                [
                    .label("holder", "k.holder"),
                    .gauge(
                        "pg_xmin_horizon_age",
                        "Transactions since the oldest snapshot that is held; 0 where none is.",
                        "coalesce(h.age, 0)"
                    ),
                ]
            ),
            Query(
                "pg_prepared_xacts",
                [
                    .gauge("pg_prepared_transactions", "Prepared transactions that are open.", "count(*)"),
                    .gauge(
                        "pg_prepared_transactions_oldest_seconds",
                        "Age of the oldest prepared transaction; 0 where there is none.",
                        "coalesce(max(extract(epoch FROM now() - prepared)), 0)"
                    ),
                ]
            ),
        ]
    }
}
