import ExporterTesting
import Exposition
import Testing

/// Databases, roles and tables by the hundred, broken, closed to us, or with names that nobody expects.
@Suite(.serialized)
struct DatabasesTests {
    @Test(arguments: PostgresCluster.majors)
    func twoHundredDatabases(major: Int) throws {
        let cluster = try PostgresCluster(major, "primary")
        try cluster.sql("primary", (1...200).map { "create database many_\($0)" })
        let exporter = try PostgresExporter(
            cluster.dsn("primary"),
            ["--auto-discover-databases", "--auto-discover-databases.max=10"]
        )
        let last = "pg_database_size_bytes{datname=\"many_200\"}"
        #expect(exporter.comesTo(last) { $0 > 1_000_000 })
        let text = exporter.running.scrape()
        #expect(PostgresExporter.value("pg_up", in: text) == 1)
        #expect(PostgresExporter.failed(in: text).isEmpty)
        let sizes = text.split(separator: "\n").filter { $0.hasPrefix("pg_database_size_bytes{") }
        #expect(sizes.count == 204)
        #expect(try cluster.backends("primary").count <= 3)
    }

    @Test(arguments: PostgresCluster.majors)
    func brokenAndClosedDatabasesCostOnlyThemselves(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        try cluster.sql("primary", "create database closed")
        try cluster.sql("primary", "create database broken")
        defer {
            _ = try? cluster.sql("primary", "update pg_database set datconnlimit = -1 where datname = 'broken'")
            for name in ["broken", "closed"] { _ = try? cluster.sql("primary", "drop database if exists \(name)") }
        }
        try cluster.sql("primary", "revoke connect on database closed from public")
        // What an interrupted DROP DATABASE leaves behind.
        try cluster.sql("primary", "update pg_database set datconnlimit = -2 where datname = 'broken'")
        let exporter = try PostgresExporter(cluster.dsn("primary"), ["--auto-discover-databases"])
        #expect(exporter.comesTo("pg_database_size_bytes{datname=\"app\"}") { $0 > 1_000_000 })
        let text = exporter.running.scrape()
        #expect(PostgresExporter.value("pg_up", in: text) == 1)
        #expect(PostgresExporter.failed(in: text).isEmpty)
        #expect(PostgresExporter.value("pg_database_size_bytes{datname=\"broken\"}", in: text) == nil)
        #expect(!exporter.running.program.printed.contains("level=error"))
    }

    @Test(arguments: PostgresCluster.majors)
    func namesAreWhatTheyAre(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        // 63 bytes, the most that a name may have, of three-byte characters.
        let long = String(repeating: "\u{AC00}", count: 21)
        let names = ["a \"quoted\" 'name'", "back\\slash", "two\nlines", "{label=\"x\"} 1", long]
        let quoted = names.map { name in
            "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }
        defer {
            for name in quoted {
                _ = try? cluster.sql("primary", "drop database if exists \(name)")
                _ = try? cluster.sql("primary", "drop schema if exists \(name) cascade", "drop role if exists \(name)")
            }
        }
        for name in quoted {
            try cluster.sql("primary", "create database \(name)")
            try cluster.sql("primary", "create role \(name) connection limit 7")
            try cluster.sql("primary", "create schema \(name)", "create table \(name).\(name) (id int)")
        }
        let query = "select 1 as \"\u{AC00}\"\"\" /* it's\n \\ */"
        let session = try cluster.session("primary", "set application_name = 'a\"b\\c'", query, "select pg_sleep(20)")
        let exporter = try PostgresExporter(
            cluster.dsn("primary"),
            [
                "--collector.stat_statements", "--collector.stat_statements.include_query", "--collector.process_idle",
                "--auto-discover-databases",
            ]
        )
        #expect(exporter.comesTo("pg_stat_activity_count{") { _ in session.isRunning })
        let answer = try exporter.running.client.request("GET", "/metrics")
        let exposition = try TextParser.parse(answer.body)
        #expect(PostgresExporter.failed(in: answer.text).isEmpty)
        for name in names {
            for (family, label) in [
                ("pg_database_size_bytes", "datname"), ("pg_roles_connection_limit", "rolname"),
                ("pg_stat_user_tables_n_live_tup", "relname"),
            ] {
                let isThere = exposition.samples(family).contains { $0[label: label] == name }
                #expect(isThere, "\(family) of \(name)")
            }
        }
        session.stop()
    }
}
