import ExporterTesting
import Testing

/// A real Prometheus with the rules that are shipped: what an operator is told.
@Suite(.serialized)
struct AlertsTests {
    /// The rules, with waiting times that a test has.
    private func rules() throws -> String {
        let text = try #require(SourceTree.package().text("exporters/postgres/alerts.yml"))
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " }.hasPrefix("for: ") ? "        for: 1s" : $0 }
            .joined(separator: "\n")
    }

    /// A standby whose sender is behind a network that can be made bad, with an exporter beside each of the two.
    private struct Pair {
        let cluster: PostgresCluster
        let network: BadNetwork
        let primary: RunningExporter
        let standby: RunningExporter

        init(_ major: Int) throws {
            cluster = try .pair(major)
            network = try BadNetwork(before: cluster.port("primary"))
            try cluster.follow("standby", port: network.port)
            primary = try PostgresExporter(cluster.dsn("primary")).running
            standby = try PostgresExporter(cluster.dsn("standby")).running
        }
    }

    @Test func aStandbyThatIsCutOffIsToldOfAndForgivenWhenItIsBack() throws {
        let pairs = try PostgresCluster.majors.map { try Pair($0) }
        defer { for pair in pairs { try? pair.cluster.follow("standby", port: pair.cluster.port("primary")) } }
        let prometheus = try Prometheus(
            targets: pairs.flatMap { ["127.0.0.1:\($0.primary.port)", "127.0.0.1:\($0.standby.port)"] },
            job: "postgres",
            rules: rules(),
            settings: ["scrape_interval: 3s", "scrape_timeout: 3s"]
        )
        func isFiring(_ alert: String, _ instance: UInt16) -> Bool {
            let selector = "alertname=\"\(alert)\",alertstate=\"firing\",instance=\"127.0.0.1:\(instance)\""
            return prometheus.value("count(ALERTS{\(selector)}) or vector(0)") == 1
        }
        /// Whether all pairs have both alerts, or none has one.
        func comesTo(_ isExpected: Bool) -> Bool {
            eventually {
                pairs.allSatisfy {
                    isFiring("PostgresStandbyNotStreaming", $0.standby.port) == isExpected
                        && isFiring("PostgresStandbyMissing", $0.primary.port) == isExpected
                }
            }
        }
        let count = Double(pairs.count)
        let isWell = eventually {
            prometheus.value("sum(pg_up)") == 2 * count && prometheus.value("sum(pg_standby_streaming)") == count
                && prometheus.value("count(pg_replication_connections)") == count
        }
        #expect(isWell, "\(prometheus.program.printed)")
        #expect(comesTo(false))

        for pair in pairs { pair.network.cut() }
        #expect(comesTo(true))
        // The servers are there all the same.
        for pair in pairs { #expect(!isFiring("PostgresDown", pair.standby.port)) }
        for pair in pairs { pair.network.mend() }
        #expect(comesTo(false))
    }
}
