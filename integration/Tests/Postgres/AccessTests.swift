import ExporterTesting
import Glibc
import Testing

/// Who is let in, with which password and rights, and how many.
@Suite(.serialized)
struct AccessTests {
    @Test(arguments: PostgresCluster.majors)
    func whoIsInStaysInWhenTheServerIsFull(major: Int) throws {
        let cluster = try PostgresCluster(major, "primary")
        try cluster.sql("primary", "alter system set max_connections = 12")
        try cluster.stop("primary")
        try cluster.start("primary")
        let early = try PostgresExporter(cluster.dsn("primary"))
        #expect(early.value("pg_up") == 1)
        let app = cluster.dsn("primary", user: "app", password: "app-secret")
        let crowd = try (0..<12).map { _ in try RunningProgram("psql", [app, "-c", "select pg_sleep(60)"]) }
        #expect(eventually { crowd.contains { !$0.isRunning || $0.printed.contains("FATAL") } })

        #expect(early.value("pg_up") == 1)
        let late = try PostgresExporter(cluster.dsn("primary"))
        #expect(late.value("pg_up") == 0)
        #expect(
            eventually { late.scrape(seconds: 3) != nil && late.running.program.printed.contains("connection") }
        )
        for client in crowd { client.stop() }
        let others = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'app'"
        try cluster.sql("primary", others)
        #expect(late.comesTo("pg_up") { $0 == 1 })
    }

    @Test(arguments: PostgresCluster.majors)
    func aNewPasswordIsReadFromItsFile(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        defer { _ = try? cluster.sql("primary", "alter role exporter password 'exporter-secret'") }
        let folder = TemporaryFolder()
        folder.write("password", "exporter-secret\n")
        let running = try RunningExporter(
            "postgres-exporter",
            environment: [
                "DATA_SOURCE_URI": "127.0.0.1:\(cluster.port("primary"))/app?sslmode=disable",
                "DATA_SOURCE_USER": "exporter", "DATA_SOURCE_PASS_FILE": folder.path + "/password",
            ]
        )
        let exporter = PostgresExporter(running)
        #expect(exporter.value("pg_up") == 1)
        try cluster.sql(
            "primary",
            "alter role exporter password 'rotated-secret'",
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'exporter'"
        )
        #expect(exporter.comesTo("pg_up") { $0 == 0 })
        folder.write("password", "rotated-secret\n")
        #expect(exporter.comesTo("pg_up") { $0 == 1 })

        for secret in ["exporter-secret", "rotated-secret"] {
            #expect(!running.program.printed.contains(secret))
            for path in ["/", "/metrics", "/version"] { #expect(!running.scrape(path).contains(secret)) }
        }
    }

    @Test(arguments: [
        "postgresql://exporter:s3cr3t-p4ss@127.0.0.1:1/app", "host=127.0.0.1 port=1 password=s3cr3t-p4ss user=x",
        "postgresql://exporter:s3cr3t-p4ss@127.0.0.1:1/app?nonsense=s3cr3t-p4ss", "host='s3cr3t-p4ss",
        "postgresql://u:s3cr3t-p4ss@[::1/x",
        "host=127.0.0.1 port=1 user=x sslpassword='s3cr3t-p4ss' password=s3cr3t-p4ss",
    ])
    func noPasswordIsEverShown(dsn: String) throws {
        let exporter = try PostgresExporter(dsn, ["--log.level=debug"])
        #expect(exporter.value("pg_up") == 0)
        for path in ["/", "/metrics", "/version", "/probe?target=127.0.0.1:1"] {
            #expect(!exporter.running.scrape(path).contains("s3cr3t-p4ss"))
        }
        #expect(!exporter.running.program.printed.contains("s3cr3t-p4ss"))
    }

    /// Refused at the start, without showing what was refused.
    @Test func severalServersAreRefused() throws {
        let list = "postgresql://u:s3cr3t-p4ss@a/x,postgresql://u:s3cr3t-p4ss@b/x"
        let program = try RunningProgram(
            builtExecutable("postgres-exporter"),
            ["--web.listen-address=127.0.0.1:0"],
            environment: ["DATA_SOURCE_NAME": list]
        )
        #expect(program.waitForExit() == 1)
        #expect(program.printed.contains("several servers") && !program.printed.contains("s3cr3t-p4ss"))
    }

    @Test(arguments: PostgresCluster.majors)
    func withoutPgMonitorTheRestIsServed(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        let exporter = try PostgresExporter(cluster.dsn("primary", user: "app", password: "app-secret"))
        for _ in 0..<3 { #expect(exporter.value("pg_up") == 1) }
        let text = exporter.running.scrape()
        #expect(text.contains("pg_stat_database_xact_commit{"))
        #expect(PostgresExporter.failed(in: text).isEmpty)
        let privilege = "pg_exporter_missing{kind=\"privilege\",name=\"pg_ls_waldir()\"}"
        #expect(PostgresExporter.value(privilege, in: text) == 1)
        // Told once, not with each scrape.
        let lines = exporter.running.program.printed.split(separator: "\n").filter { $0.contains("missing for") }
        #expect(lines.count == 1, "\(lines)")
    }
}
