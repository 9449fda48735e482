import ExporterSDK

/// What decoding for logical slots spilled and streamed. Reads `pg_stat_replication_slots`, from PostgreSQL 14 on; see
/// <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-SLOTS-VIEW>.
struct ReplicationDecodingCollector: PlainCollector {
    static let name: StaticString = "replication_decoding"
    static let help: StaticString = "Transactions that logical decoding spilled to disk, streamed and sent, by slot."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [Query("pg_stat_replication_slots", [.label("slot_name")] + columns)]
    }

    private static let columns: [Column] = [
        ("spill", "spilled to disk, as they did not fit in memory"), ("stream", "streamed before their end"),
        ("total", "sent to the receiver"),
    ].flatMap { what, help -> [Column] in
        let name = what == "total" ? "decoded" : what == "spill" ? "spilled" : "streamed"
        var columns: [Column] = [
            .counter(
                "pg_replication_slot_\(name)_transactions_total",
                "Transactions \(help).",
                "\(what)_txns"
            ),
            .counter("pg_replication_slot_\(name)_bytes_total", "Bytes of transactions \(help).", "\(what)_bytes"),
        ]
        if what != "total" {
            columns.append(
                .counter(
                    "pg_replication_slot_\(name)_count_total",
                    "Times that transactions were \(help).",
                    "\(what)_count"
                )
            )
        }
        return columns
    }
}
