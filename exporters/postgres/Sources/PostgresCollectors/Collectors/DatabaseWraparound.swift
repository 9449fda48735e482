import ExporterSDK

/// How far each database is from the end of its transaction numbers. Reads `pg_database`; see
/// <https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND>.
///
/// The peer's names speak of seconds; the values are transactions, there and here. The ratios are what to alert on: at 1
/// of the first, autovacuum begins to freeze whatever its other limits say; near 1 of the last, the server stops.
struct DatabaseWraparoundCollector: PlainCollector {
    static let name: StaticString = "database_wraparound"
    static let help: StaticString =
        "Ages of the oldest unfrozen transactions and multixacts, and how near the limits they are."

    let source: Source

    /// The server refuses new transaction numbers three million before the end of the two thousand million there are.
    private static let limit = "(2147483648.0 - 3000000.0)"

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_database",
                from: "$relation d WHERE d.datconnlimit <> -2",
                [
                    .label("datname", "d.datname"),
                    .gauge(
                        "pg_database_wraparound_age_datfrozenxid_seconds",
                        "Age of the oldest transaction ID that has not been frozen.",
                        "age(d.datfrozenxid)"
                    ),
                    .gauge(
                        "pg_database_wraparound_age_datminmxid_seconds",
                        "Age of the oldest multi-transaction ID that has been replaced with a transaction ID.",
                        "mxid_age(d.datminmxid)"
                    ),
                    ratio("freeze", "xid", "age(d.datfrozenxid)", "autovacuum_freeze_max_age"),
                    ratio("failsafe", "xid", "age(d.datfrozenxid)", "vacuum_failsafe_age"),
                    ratio("freeze", "multixact", "mxid_age(d.datminmxid)", "autovacuum_multixact_freeze_max_age"),
                    ratio("failsafe", "multixact", "mxid_age(d.datminmxid)", "vacuum_multixact_failsafe_age"),
                    .gauge(
                        "pg_database_wraparound_xid_ratio",
                        "Age of the oldest transaction by the number at which the server stops taking new ones.",
                        "age(d.datfrozenxid) / \(limit)"
                    ),
                    .gauge(
                        "pg_database_wraparound_multixact_ratio",
                        "Age of the oldest multixact by the number at which the server stops taking new ones.",
                        "mxid_age(d.datminmxid) / \(limit)"
                    ),
                ]
            )
        ]
    }

    private static func ratio(_ what: String, _ kind: String, _ age: String, _ setting: String) -> Column {
        .gauge(
            "pg_database_wraparound_\(kind)_\(what)_ratio",
            "Age of the oldest \(kind) by \(setting).",
            "\(age) / nullif(current_setting('\(setting)', true)::float8, 0)"
        )
    }
}
