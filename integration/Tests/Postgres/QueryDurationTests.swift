import ExporterTesting
import Testing

/// The histogram of statements' times beside the server's own log of them.
@Suite(.serialized)
struct QueryDurationTests {
    @Test func bucketsAgreeWithTheServersLog() throws {
        // All majors at once, as most of the time is waiting.
        let clusters = try PostgresCluster.majors.map { try PostgresCluster.pair($0) }
        let exporters = try clusters.map { try PostgresExporter($0.dsn("primary")) }
        defer { for cluster in clusters { _ = try? cluster.sql("primary", "alter role app reset all") } }
        for cluster in clusters {
            try cluster.sql("primary", "alter role app set log_min_duration_statement = '50ms'")
        }
        let before = exporters.map { $0.running.scrape() }
        let loads = try clusters.map { try $0.load(seconds: 25, rate: 60, clients: 30) }
        for load in loads { #expect(load.waitForExit(seconds: 120) == 0, "\(load.printed)") }
        for (index, cluster) in clusters.enumerated() {
            // What was under way at the end is counted when it is over, and statements are counted every second.
            var after = exporters[index].running.scrape()
            let logged = Self.milliseconds(cluster.log("primary"))
            for bound in [0.1, 0.25, 0.5] {
                let expected = Double(logged.filter { $0 > bound * 1000 }.count)
                #expect(expected > 20)
                // The histogram's bucket and the count of slower ones say the same.
                let tolerance = max(0.15 * expected, 5)
                var slower = (0.0, 0.0)
                let agrees = eventually(seconds: 15) {
                    after = exporters[index].running.scrape()
                    slower = (
                        Self.above(bound, after) - Self.above(bound, before[index]),
                        Self.slower(bound, after) - Self.slower(bound, before[index])
                    )
                    return abs(slower.0 - expected) <= tolerance && abs(slower.1 - expected) <= tolerance
                }
                #expect(agrees, "above \(bound) s: \(slower), log \(expected)")
            }
        }
    }

    /// "duration: 612.345 ms  statement: ..." of pgbench's sessions.
    private static func milliseconds(_ log: String) -> [Double] {
        log.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard line.contains("user=app"), let index = words.firstIndex(of: "duration:"), index + 1 < words.count
            else { return nil }
            return Double(words[index + 1])
        }
    }

    /// How many statements the histogram has above a bound.
    private static func above(_ bound: Double, _ text: String) -> Double {
        let all = PostgresExporter.sum("pg_query_duration_seconds_count", ["datname=\"app\""], in: text) ?? 0
        let labels = ["datname=\"app\"", "le=\"\(bound)\""]
        return all - (PostgresExporter.sum("pg_query_duration_seconds_bucket", labels, in: text) ?? 0)
    }

    private static func slower(_ bound: Double, _ text: String) -> Double {
        PostgresExporter.sum("pg_queries_slower_total", ["datname=\"app\"", "threshold=\"\(bound)\""], in: text) ?? 0
    }
}
