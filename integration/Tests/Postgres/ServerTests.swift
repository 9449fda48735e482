import ExporterTesting
import Exposition
import Glibc
import Testing

/// A server that is well, and what is asked of it.
@Suite(.serialized)
struct ServerTests {
    /// One connection serves all scrapes.
    @Test(arguments: PostgresCluster.majors)
    func keepsItsConnection(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        let exporter = try PostgresExporter(cluster.dsn("primary"))
        // The first scrape also opens those that look at sessions, and that ask what is asked now and then.
        let first = exporter.running.scrape()
        #expect(PostgresExporter.value("pg_up", in: first) == 1)
        #expect(PostgresExporter.failed(in: first).isEmpty)
        let before = try exporter.exposition()
        for _ in 0..<3 { _ = exporter.running.scrape() }
        let after = try exporter.exposition()
        #expect(after.value("pg_exporter_connections_total") == before.value("pg_exporter_connections_total"))
        #expect(after.value("pg_exporter_scrapes_total") == 6)
        #expect(after.value("pg_exporter_last_scrape_error") == 0)
        // Other tests' exporters may still be leaving.
        #expect(eventually { (try? cluster.backends("primary").count) == 3 })
    }

    /// One round trip has it all, and none is made in vain: one packet goes to the server for a scrape, as the kernel
    /// counts them, over connections that were there before, as the server's log says.
    @Test(arguments: PostgresCluster.majors)
    func eachScrapeAsksOnce(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        let exporter = try PostgresExporter(cluster.dsn("primary"), ["--no-collector.query_duration"])
        // What is asked first of all in each round trip.
        func roundTrips() throws -> Int {
            let count = try cluster.sql(
                "primary",
                "select sum(calls) from pg_stat_statements where query = 'SELECT pg_catalog.pg_is_in_recovery()'"
            )
            return Int(count.filter(\.isNumber)) ?? 0
        }
        func packets() throws -> Int { try exporter.packets(to: cluster.port("primary")) }
        func connects() -> Int {
            let lines = cluster.log("primary").split(separator: "\n")
            return lines.count { line in line.contains("connection authorized: user=exporter") }
        }
        for _ in 0..<3 { _ = exporter.running.scrape() }
        let before = (trips: try roundTrips(), packets: try packets(), connects: connects())
        #expect(before.packets > 0 && before.connects > 0)
        for _ in 0..<5 { _ = exporter.running.scrape() }
        #expect(try roundTrips() - before.trips == 5)
        #expect(try packets() - before.packets == 5)
        #expect(connects() == before.connects)
    }

    /// All that is collected has the labels of `--constantLabels`; what can't be had is refused.
    @Test func constantLabelsAreOnAllThatIsCollected() throws {
        let cluster = try PostgresCluster.pair(PostgresCluster.majors[0])
        let labels = #"{env="prod",dc="a \"b\""}"#
        let exporter = try PostgresExporter(cluster.dsn("primary"), [#"--constantLabels=env=prod, dc=a "b""#])
        let families = try exporter.exposition().families.filter { $0.name.hasPrefix("pg_") }
        let without = families.filter { !$0.name.hasPrefix("pg_scrape_collector_") }.filter { family in
            !family.samples.allSatisfy { $0[label: "env"] == "prod" && $0[label: "dc"] == "a \"b\"" }
        }
        #expect(families.count > 100 && without.map(\.name) == [])
        #expect(exporter.running.scrape().contains("\npg_up\(labels) 1\n"))
        for (flag, reason) in [("datname=x", "have a label datname already"), ("le=1", "no NAME=VALUE")] {
            let refused = try RunningProgram(builtExecutable("postgres-exporter"), ["--constantLabels=\(flag)"])
            #expect(refused.waitForExit() == 1 && refused.printed.contains(reason))
        }
        let dump = try RunningProgram(builtExecutable("postgres-exporter"), ["--dumpmaps", "--no-collector.locks"])
        #expect(dump.waitForExit() == 0 && !dump.printed.contains("pg_locks_count"))
        #expect(dump.printed.contains("  pg_database_size_bytes{datname} gauge "))
    }

    @Test func asksOnlyForWhatIsCollected() throws {
        let cluster = try PostgresCluster.pair(PostgresCluster.majors[0])
        let exporter = try PostgresExporter(cluster.dsn("primary"))
        let text = exporter.running.scrape("/metrics?collect[]=roles")
        #expect(text.contains("pg_roles_connection_limit{") && !text.contains("pg_database_size_bytes{"))
        let others = ["--disable-settings-metrics", "--disable-default-metrics"]
        let without = try PostgresExporter(cluster.dsn("primary"), others).running.scrape()
        #expect(PostgresExporter.value("pg_up", in: without) == 1)
        #expect(!without.contains("pg_settings_") && !without.contains("pg_stat_database_conflicts_"))
    }

    /// A scraper in a hurry gets what there is in its time.
    @Test func halfASecondIsEnough() throws {
        let cluster = try PostgresCluster.pair(PostgresCluster.majors[0])
        let exporter = try PostgresExporter(cluster.dsn("primary"))
        #expect(exporter.value("pg_up") == 1)
        let isEnough = eventually {
            let answer = try? exporter.running.client.request(
                "GET",
                "/metrics",
                headers: ["X-Prometheus-Scrape-Timeout-Seconds: 0.5"]
            )
            return answer.map { PostgresExporter.value("pg_up", in: $0.text) == 1 } ?? false
        }
        #expect(isEnough)
    }

    @Test(arguments: PostgresCluster.majors)
    func customQueriesAreReadAnew(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        let folder = TemporaryFolder()
        func write(_ queries: String) { folder.write("queries.yml", queries) }
        let plain = "metrics: [{n: {usage: GAUGE, description: N}}]}"
        write(
            """
            good: {query: "select 7 as n", \(plain)
            nothing: {query: "select null as n, null as l", metrics: [{l: {usage: LABEL}}, {n: {usage: COUNTER}}]}
            slow: {query: "select pg_sleep(30), 1 as n", \(plain)
            wrong: {query: "select 'many' as n", \(plain)
            writes: {query: "create table x () ", \(plain)
            many: {query: "select g as n, g as l from generate_series(1, 1000) g",
                   metrics: [{l: {usage: LABEL}}, {n: {usage: GAUGE}}]}

            """
        )
        let exporter = try PostgresExporter(
            cluster.dsn("primary"),
            [
                "--extend.query-path=\(folder.path)/queries.yml", "--postgres.statement-timeout=1s",
                "--postgres.max-rows=800", "--web.enable-lifecycle",
            ]
        )
        func loadError(_ text: String) -> Double? {
            PostgresExporter.value("pg_exporter_user_queries_load_error{", in: text)
        }
        var text = exporter.running.scrape()
        #expect(PostgresExporter.value("good_n", in: text) == 7 && loadError(text) == 0)
        // Each that fails costs itself: one that takes too long, one without numbers, one that would write.
        for (name, isGood) in [
            ("good", 1.0), ("nothing", 1), ("slow", 0), ("wrong", 0), ("writes", 0), ("many", 1),
        ] {
            let series = "pg_exporter_custom_query_success{namespace=\"\(name)\"}"
            #expect(PostgresExporter.value(series, in: text) == isGood, "\(name)")
        }
        #expect(PostgresExporter.failed(in: text).isEmpty)
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("many_n{") }.count == 800)
        #expect(PostgresExporter.value("pg_exporter_cut_answers_total", in: text).map { $0 >= 1 } == true)

        // A file that is broken changes nothing but the metric that says so.
        write("good: {")
        let refused = try exporter.running.client.request("POST", "/-/reload")
        #expect(refused.status == 500)
        text = exporter.running.scrape()
        #expect(PostgresExporter.value("good_n", in: text) == 7 && loadError(text) == 1)

        write("good: {query: \"select 8 as n\", \(plain)")
        exporter.running.program.send(SIGHUP)
        #expect(exporter.comesTo("good_n") { $0 == 8 })
        text = exporter.running.scrape()
        #expect(loadError(text) == 0 && !text.contains("many_n"))
    }
}
