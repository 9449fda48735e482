import ExporterSDK
import Exposition

/// Vacuums that are under way. Reads `pg_stat_progress_vacuum`; see
/// <https://www.postgresql.org/docs/current/progress-reporting.html#VACUUM-PROGRESS-REPORTING>.
///
/// The view's columns are asked for by their names: from PostgreSQL 17 on the dead rows are counted in bytes, under other
/// names than when they were counted one by one.
struct StatProgressVacuumCollector: PlainCollector {
    static let name: StaticString = "stat_progress_vacuum"
    static let help: StaticString = "Vacuums under way: phase, blocks and dead rows, from pg_stat_progress_vacuum."

    let source: Source

    private static let phases = [
        "initializing", "scanning heap", "vacuuming indexes", "vacuuming heap", "cleaning up indexes",
        "truncating heap", "performing final cleanup",
    ]

    static func queries(_ flags: FlagValues) -> [Query] {
        let phases = phases.map { "(\(quoted($0)))" }.joined(separator: ", ")
        return [
            Query("pg_stat_progress_vacuum", from: "$relation p", progressLabels + columns),
            Query(
                "pg_stat_progress_vacuum",
                from: "$relation p CROSS JOIN (VALUES \(phases)) v (phase)",
                progressLabels + [
                    .label("phase", "v.phase"),
                    .gauge(
                        "pg_stat_progress_vacuum_phase",
                        "Current vacuum phase (1 = active, 0 = inactive). Label 'phase' is human-readable.",
                        "max((p.phase = v.phase)::int) OVER (PARTITION BY p.datname, p.relid, v.phase)"
                    ),
                ]
            ),
        ]
    }

    private static let columns: [Column] = [
        .gauge(
            "pg_stat_progress_vacuum_heap_blks",
            "Total number of heap blocks in the table being vacuumed.",
            "p.heap_blks_total"
        ),
        .gauge(
            "pg_stat_progress_vacuum_heap_blks_scanned",
            "Number of heap blocks scanned so far.",
            "p.heap_blks_scanned"
        ),
        .gauge(
            "pg_stat_progress_vacuum_heap_blks_vacuumed",
            "Number of heap blocks vacuumed so far.",
            "p.heap_blks_vacuumed"
        ),
        .gauge(
            "pg_stat_progress_vacuum_index_vacuums",
            "Number of completed index vacuum cycles.",
            "p.index_vacuum_count"
        ),
        .gauge(
            "pg_stat_progress_vacuum_max_dead_tuples",
            "Maximum number of dead tuples that can be stored before cleanup is performed.",
            "p.max_dead_tuples",
            needs: ["max_dead_tuples"]
        ),
        .gauge(
            "pg_stat_progress_vacuum_num_dead_tuples",
            "Current number of dead tuples found so far.",
            "coalesce(p.num_dead_tuples)",
            needs: ["num_dead_tuples"]
        ),
        .gauge(
            "pg_stat_progress_vacuum_num_dead_tuples",
            "Current number of dead tuples found so far.",
            "p.num_dead_item_ids",
            needs: ["num_dead_item_ids"]
        ),
        .gauge(
            "pg_stat_progress_vacuum_max_dead_tuple_bytes",
            "Memory for dead rows, after which indexes are cleaned.",
            "p.max_dead_tuple_bytes",
            needs: ["max_dead_tuple_bytes"]
        ),
        .gauge(
            "pg_stat_progress_vacuum_dead_tuple_bytes",
            "Memory that dead rows take now.",
            "p.dead_tuple_bytes",
            needs: ["dead_tuple_bytes"]
        ),
        .gauge(
            "pg_stat_progress_vacuum_indexes_total",
            "Indexes to clean in this cycle.",
            "p.indexes_total",
            needs: ["indexes_total"]
        ),
        .gauge(
            "pg_stat_progress_vacuum_indexes_processed",
            "Indexes that were cleaned in this cycle.",
            "p.indexes_processed",
            needs: ["indexes_processed"]
        ),
        .gauge(
            "pg_stat_progress_vacuum_delay_seconds",
            "Time that the vacuum has slept for vacuum_cost_delay; counted where track_cost_delay_timing is on.",
            "p.delay_time / 1000.0",
            needs: ["delay_time"]
        ),
    ]
}

/// Whose progress it is. A table of another database has no name here, only its number.
let progressLabels: [Column] = [
    .label("datname", "p.datname"),
    .label(
        "relname",
        "CASE WHEN p.datname = current_database() THEN coalesce(p.relid::regclass::text, p.relid::text) "
            + "ELSE p.relid::text END"
    ),
]
