import ExporterSDK
import ExporterTesting
import Exposition
import PostgresCollectors
import Testing

/// What is exported from each version of PostgreSQL.
@Suite(.serialized)
struct VersionsTests {
    /// A primary and its standby, all collectors on.
    ///
    /// `RECORD=1 swift test` writes `Golden/families-MAJOR-ROLE.txt` anew.
    @Test(arguments: PostgresCluster.allMajors)
    func familiesByVersion(major: Int) throws {
        // A new one: what was vacuumed or scanned by its age has families more.
        let cluster = try PostgresCluster(major, "primary", "standby")
        try cluster.sql("primary", "create index if not exists things_name on items (name)")
        for role in ["primary", "standby"] {
            let exporter = try PostgresExporter(cluster.dsn(role), Self.allCollectors())
            let exposition = try exporter.exposition()
            let failed = exposition.samples("pg_scrape_collector_success").filter { $0.value != 1 }
            #expect(failed.map { $0[label: "collector"] } == [], "\(major) \(role)")
            let comparison = golden(Self.families(exposition), "families-\(major)-\(role).txt")
            #expect(!comparison.wasRecorded, "recorded: look at it, then run again without RECORD")
            #expect(comparison.actual == comparison.expected, "\(major) \(role)")
            let ours = lint(exposition).map(\.metric).filter { !Self.isPeers($0) }
            #expect(ours == [], "\(major) \(role)")
        }
    }

    private static func allCollectors() -> [String] {
        postgresCollectors.map { "--collector.\($0.name)" } + ["--collector.stat_statements.include_query"]
    }

    /// A line a family: name, type and labels. Settings are hundreds and change with each minor version; whether a
    /// session is idle is chance, and so whether a sender still shows the times that it measured last.
    private static func families(_ exposition: ParsedExposition) -> String {
        exposition.families.filter { family in
            family.name.hasPrefix("pg_") && !family.name.hasPrefix("pg_settings_")
                && !["pg_process_idle_seconds", "pg_replication_stage_lag_seconds"].contains(family.name)
        }.map { family in
            var labels = Set(family.samples.flatMap(\.labels).map(\.name))
            labels.remove("le")
            return "\(family.name) \(family.type.textName) \(labels.sorted().joined(separator: ","))\n"
        }.joined()
    }

    /// Names of the peer are kept also where they are no good names.
    private static func isPeers(_ name: String) -> Bool {
        name.hasPrefix("pg_settings_") || name.hasPrefix("pg_stat_database_conflicts_") || name.hasPrefix("promhttp_")
            || (SourceTree.package().text("exporters/postgres/Tests/Golden/peer.txt") ?? "").contains("\(name) ")
    }
}
