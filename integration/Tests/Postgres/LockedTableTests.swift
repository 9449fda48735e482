import ExporterTesting
import Testing

/// A table that somebody holds, so that whoever looks at it waits.
@Suite(.serialized)
struct LockedTableTests {
    /// Two of the exporter's own, and one more at a time for other databases.
    private static let budget = 3

    @Test(arguments: PostgresCluster.majors)
    func sixScrapesAtOnceAreServedAndLeaveNothingBehind(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        let exporter = try PostgresExporter(cluster.dsn("primary"))
        #expect(exporter.value("pg_up") == 1)
        let holder = try cluster.session(
            "primary",
            "begin; lock table items in access exclusive mode; select pg_sleep(40)"
        )
        let isHeld = eventually {
            let held =
                "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and relation = 'items'::regclass"
            return (try? cluster.sql("primary", held)) == "1\n"
        }
        #expect(isHeld)

        for _ in 0..<2 {
            let connections = try (0..<6).map { _ in try exporter.running.client.connect() }
            for (index, connection) in connections.enumerated() {
                // Each is a request of its own, which shares no run with another.
                try connection.send(
                    "GET /metrics?exclude[]=\(["roles", "locks", "wal", "settings", "database", "replication"][index]) HTTP/1.1\r\nHost: x\r\n"
                        + "X-Prometheus-Scrape-Timeout-Seconds: 10\r\nConnection: close\r\n\r\n"
                )
            }
            for connection in connections {
                let answer = try connection.readResponse()
                #expect(answer.status == 200)
                #expect(PostgresExporter.value("pg_up", in: answer.text) == 1)
                // All but what looks at that table, and that only if it has to wait for it.
                let failed = answer.text.split(separator: "\n")
                    .filter { $0.hasPrefix("pg_scrape_collector_success{") && $0.hasSuffix(" 0") }
                #expect(failed.count <= 2, "\(failed)")
                #expect(try cluster.backends("primary").count <= Self.budget)
            }
        }
        #expect(holder.isRunning)
        let waiting = "select count(*) from pg_stat_activity where usename = 'exporter' and wait_event_type = 'Lock'"
        #expect(eventually { (try? cluster.sql("primary", waiting)) == "0\n" })
        #expect(try cluster.backends("primary").count <= Self.budget)
        holder.stop()
        #expect(exporter.value("pg_up") == 1)
    }
}
