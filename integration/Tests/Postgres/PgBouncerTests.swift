import ExporterTesting
import Testing

/// Behind PgBouncer in transaction mode, where each transaction may run in another server process.
@Suite(.serialized)
struct PgBouncerTests {
    @Test(arguments: PostgresCluster.majors)
    func itWorksAndLeavesNothingOnTheServersConnections(major: Int) throws {
        let cluster = try PostgresCluster(major, "primary", "pgbouncer")
        // Without what the role brings by itself, so that only what the exporter set would be seen.
        try cluster.sql("primary", "alter role exporter reset all")
        let exporter = try PostgresExporter(cluster.dsn("pgbouncer"))
        for _ in 0..<5 {
            let text = exporter.running.scrape()
            #expect(PostgresExporter.value("pg_up", in: text) == 1)
            let failed = text.split(separator: "\n")
                .filter { $0.hasPrefix("pg_scrape_collector_success{") && $0.hasSuffix(" 0") }
            #expect(failed.isEmpty, "\(failed)")
        }
        #expect(!cluster.log("primary").contains("prepared statement"))
        // Another client gets the same process.
        let settings = ["lock_timeout", "statement_timeout", "default_transaction_read_only", "search_path"]
        for setting in settings {
            let client = try RunningProgram("psql", [cluster.dsn("pgbouncer"), "-Atc", "show \(setting)"])
            #expect(client.waitForExit() == 0)
            let own = try RunningProgram("psql", [cluster.dsn("primary"), "-Atc", "show \(setting)"])
            #expect(own.waitForExit() == 0)
            #expect(client.printed == own.printed, "\(setting)")
        }
        // Its own database tells of it, and what is no question for it is no failure.
        let console = try PostgresExporter(cluster.dsn("pgbouncer", database: "pgbouncer"))
        let text = console.running.scrape()
        #expect(PostgresExporter.failed(in: text).isEmpty)
        for name in [
            "pgbouncer_config_max_client_connections", "pgbouncer_cached_dns_names", "pgbouncer_used_clients",
            "pgbouncer_databases_pool_size{name=\"app\"", "pgbouncer_pools_server_login_connections{database=\"app\"",
            "pgbouncer_stats_queries_pooled_total{database=\"app\"",
        ] {
            #expect(PostgresExporter.value(name, in: text) != nil, "\(name)")
        }
        // PgBouncer forgets its servers when they restart, and so must we.
        try cluster.stop("primary", "immediate")
        #expect(exporter.comesTo("pg_up") { $0 == 0 })
        try cluster.start("primary")
        #expect(exporter.comesTo("pg_up") { $0 == 1 })
        try cluster.stop("pgbouncer")
        #expect(exporter.comesTo("pg_up") { $0 == 0 })
        try cluster.start("pgbouncer")
        #expect(exporter.comesTo("pg_up") { $0 == 1 })
    }
}
