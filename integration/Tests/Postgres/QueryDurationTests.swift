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
        // Looks that a busy machine makes late miss statements, so there are three tries.
        var disagreements = [""]
        for _ in 0..<3 where !disagreements.isEmpty {
            let before = zip(clusters, exporters).map { ($0.log("primary").utf8.count, $1.running.scrape()) }
            let loads = try clusters.map { try $0.load(seconds: 25, rate: 60, clients: 30) }
            for load in loads { #expect(load.waitForExit(seconds: 120) == 0, "\(load.printed)") }
            disagreements = clusters.indices.compactMap { index in
                let log = clusters[index].log("primary").utf8.dropFirst(before[index].0)
                return Self.disagreement(exporters[index], before[index].1, Self.milliseconds(String(Substring(log))))
            }
        }
        #expect(disagreements == [])
    }

    /// Where the histogram or the count of slower statements differs from the log's by more than a tenth; nil where
    /// they come to agree.
    private static func disagreement(_ exporter: PostgresExporter, _ before: String, _ logged: [Double]) -> String? {
        var found: String?
        // What was under way at the end is counted when it is over, and statements are counted every second.
        _ = eventually(seconds: 10) {
            let after = exporter.running.scrape()
            found =
                [0.1, 0.25, 0.5].compactMap { bound in
                    let expected = Double(logged.filter { $0 > bound * 1000 }.count)
                    let slower = (
                        above(bound, after) - above(bound, before),
                        self.slower(bound, after) - self.slower(bound, before)
                    )
                    let tolerance = max(0.1 * expected, 3)
                    let agrees = abs(slower.0 - expected) <= tolerance && abs(slower.1 - expected) <= tolerance
                    // About 150, 85 and 27 are expected above the three.
                    return agrees && expected > 5 ? nil : "above \(bound) s: \(slower), log \(expected)"
                }.first
            return found == nil
        }
        return found
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
