import ExporterSDK

/// Sequences that come near their end. Reads `pg_sequences`; see
/// <https://www.postgresql.org/docs/current/view-pg-sequences.html>.
///
/// A sequence whose values are used as the 4-byte key of a table ends where the key does, whatever its own type says;
/// that is not looked at here.
struct SequencesCollector: PlainCollector {
    static let name: StaticString = "sequences"
    static let help: StaticString = "How much of each sequence is used, of those that are used by half or more."
    static let cadence = Cadence.slow(.seconds(300))
    static let scope = Scope.database

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_sequences",
                from: """
                    (SELECT schemaname, sequencename, CASE WHEN increment_by > 0 \
                    THEN (last_value::numeric - min_value) / nullif(max_value::numeric - min_value, 0) \
                    ELSE (max_value::numeric - last_value) / nullif(max_value::numeric - min_value, 0) END AS used \
                    FROM $relation WHERE NOT cycle AND last_value IS NOT NULL) s WHERE s.used >= 0.5 ORDER BY s.used DESC
                    """,
                [
                    .label("datname", "current_database()"), .label("schemaname", "s.schemaname"),
                    .label("sequencename", "s.sequencename"),
                    .gauge(
                        "pg_sequence_used_ratio",
                        "Part of a sequence's values that is used; sequences below 0.5 are left out.",
                        "s.used"
                    ),
                ]
            )
        ]
    }
}
