import ExporterTesting
import Glibc
import Testing

/// A server that stops, crashes, hangs, or is not there: the exporter answers in time, says so, and comes back by itself.
@Suite(.serialized)
struct BrokenServerTests {
    /// An answer in time is one before the scraper's timeout, which the client's own exceeds a little.
    private func isDownButAnswers(_ exporter: PostgresExporter) throws -> Bool {
        let answer = try exporter.running.client.request(
            "GET",
            "/metrics",
            headers: ["X-Prometheus-Scrape-Timeout-Seconds: 2"],
            timeoutSeconds: 10
        )
        return answer.status == 200 && PostgresExporter.value("pg_up", in: answer.text) == 0
            && PostgresExporter.value("pg_scrape_collector_success{collector=\"database\"}", in: answer.text) == 0
    }

    @Test(arguments: PostgresCluster.majors)
    func itComesBackAfterEachEndOfTheServer(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        let exporter = try PostgresExporter(cluster.dsn("primary"))
        #expect(exporter.value("pg_up") == 1)

        try cluster.stop("primary")
        #expect(try isDownButAnswers(exporter))
        try cluster.start("primary")
        #expect(exporter.comesTo("pg_up") { $0 == 1 })

        // A crash of all: the postmaster can't even say good-bye.
        let postmaster = try #require(cluster.pid("primary"))
        kill(postmaster, SIGKILL)
        #expect(eventually { (try? isDownButAnswers(exporter)) == true })
        // The old processes have to notice first that it is gone.
        #expect(eventually { (try? cluster.start("primary")) != nil })
        #expect(exporter.comesTo("pg_up") { $0 == 1 })

        // A crash of one of its processes, three times in a row: the server throws everybody out and recovers.
        for _ in 0..<3 {
            let backend = try #require(try cluster.backends("primary").first)
            kill(backend, SIGKILL)
            #expect(exporter.comesTo("pg_up") { $0 == 1 })
        }
        #expect(exporter.running.program.isRunning)
        #expect(!exporter.running.program.printed.contains("exporter-secret"))
    }

    @Test(arguments: PostgresCluster.majors)
    func aServerThatShutsDownOrIsNotReadyIsDown(major: Int) throws {
        let cluster = try PostgresCluster(major, "primary", "standby")
        // A standby that lets nobody in while it recovers, which it always does.
        try cluster.sql("standby", "alter system set hot_standby = off")
        try cluster.stop("standby")
        try? cluster.start("standby")
        let standby = try PostgresExporter(cluster.dsn("standby"))
        #expect(try isDownButAnswers(standby))
        #expect(standby.running.program.printed.contains("not accepting connections"))

        // A client that works on keeps a smart shutdown waiting; newcomers are refused.
        let busy = try cluster.session("primary", "select pg_sleep(60)")
        let sleepers = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
        #expect(eventually { (try? cluster.sql("primary", sleepers)) == "1\n" })
        let stopping = try cluster.stopInBackground("primary", "smart")
        #expect(eventually { cluster.log("primary").contains("received smart shutdown request") })
        let exporter = try PostgresExporter(cluster.dsn("primary"))
        #expect(eventually { (try? isDownButAnswers(exporter)) == true })
        #expect(
            eventually {
                exporter.scrape(seconds: 3) != nil && exporter.running.program.printed.contains("shutting down")
            }
        )
        busy.stop()
        // Its server process sleeps on, as nobody tells it.
        try cluster.stop("primary", "immediate")
        _ = stopping.waitForExit(seconds: 60)
    }

    @Test(arguments: PostgresCluster.majors)
    func aBlackHoleCostsNoScrape(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        let network = try BadNetwork(before: cluster.port("primary"))
        let exporter = try PostgresExporter(cluster.dsn("primary", port: network.port))
        #expect(exporter.value("pg_up") == 1)
        network.blackHole()
        for _ in 0..<3 { #expect(try isDownButAnswers(exporter)) }
        let threads = exporter.running.program.threadCount
        for _ in 0..<3 { #expect(try isDownButAnswers(exporter)) }
        #expect(exporter.running.program.threadCount <= threads)
        network.mend()
        #expect(exporter.comesTo("pg_up") { $0 == 1 })

        // One that was never seen well: it accepts and says nothing.
        let hole = try BadNetwork(before: cluster.port("primary"))
        hole.blackHole()
        let late = try PostgresExporter(cluster.dsn("primary", port: hole.port))
        for _ in 0..<2 { #expect(try isDownButAnswers(late)) }
        hole.mend()
        #expect(late.comesTo("pg_up") { $0 == 1 })
        #expect(eventually { (try? cluster.backends("primary").count).map { $0 <= 6 } ?? false })
    }

    @Test(arguments: PostgresCluster.majors)
    func aFrozenBackendIsLeftForAnother(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        let exporter = try PostgresExporter(cluster.dsn("primary"))
        #expect(exporter.value("pg_up") == 1)
        let frozen = try cluster.backends("primary")
        #expect(!frozen.isEmpty)
        for pid in frozen { kill(pid, SIGSTOP) }
        // That scrape is lost, not the exporter.
        #expect(exporter.scrape(seconds: 3) != nil)
        #expect(exporter.comesTo("pg_up") { $0 == 1 })
        for pid in frozen { kill(pid, SIGCONT) }
        // Those that were left see now that nobody is there any more; one that was waited for is used again.
        #expect(eventually { (try? cluster.backends("primary").count).map { $0 <= frozen.count } ?? false })
        #expect(exporter.comesTo("pg_up") { $0 == 1 })
    }
}
