import ExporterTesting
import Glibc
import Testing

/// A real Prometheus scrapes example-exporter over TLS with a password, in each format that it can be made to ask for.
@Suite(.serialized)
struct FormatTests {
    /// How Prometheus is made to ask for a format.
    private struct Way: Sendable {
        var name: String
        var settings: [String] = []
        var flags: [String] = []
        /// Whether it is protobuf, which alone has native histograms.
        var isNative = false
    }

    /// Version 2.49 takes a list of formats; those before take protobuf where they know native histograms, else
    /// OpenMetrics.
    private static var ways: [Way] {
        let version = (try? Prometheus.newest().version) ?? []
        let native = "--enable-feature=native-histograms,exemplar-storage"
        let exemplars = "--enable-feature=exemplar-storage"
        guard !version.lexicographicallyPrecedes([2, 49]) else {
            return [Way(name: "default", flags: [exemplars]), Way(name: "protobuf", flags: [native], isNative: true)]
        }
        let classic = "always_scrape_classic_histograms: true"
        let isThree = !version.lexicographicallyPrecedes([3, 0])
        let lines = isThree ? [classic] : []
        return [
            Way(name: "default", flags: [exemplars]),
            Way(name: "text", settings: ["scrape_protocols: [PrometheusText0.0.4]"], flags: [exemplars]),
            Way(name: "OpenMetrics", settings: ["scrape_protocols: [OpenMetricsText1.0.0]"], flags: [exemplars]),
            Way(
                name: "protobuf",
                settings: ["scrape_protocols: [PrometheusProto]"] + lines,
                flags: [native],
                isNative: true
            ),
        ]
    }

    private let folder = TemporaryFolder()

    @Test(arguments: ways.map(\.name))
    func itSeesTheSameValues(name: String) throws {
        let way = try #require(Self.ways.first { $0.name == name })
        let exporter = try start()
        let newest = try Prometheus.newest()
        let prometheus = try Prometheus(
            targets: ["localhost:\(exporter.port)"],
            settings: way.settings + [
                "scheme: https", "tls_config: { ca_file: \(folder.path)/server.pem }",
                "basic_auth: { username: prometheus, password: allmine }",
            ],
            flags: way.flags,
            executable: newest.executable
        )
        let comment = "Prometheus \(newest.version), \(name)"
        #expect(eventually { prometheus.value("count_over_time(up[1m])") ?? 0 >= 4 }, "\(comment)")
        #expect(prometheus.value("up") == 1, "\(comment): \(prometheus.program.printed)")
        #expect(prometheus.value("example_uptime_seconds") == 4321.98, "\(comment)")
        #expect(prometheus.value("example_scrape_collector_success{collector=\"uptime\"}") == 1, "\(comment)")
        // Seconds that reading a file takes: more than none, less than a minute.
        let native = "histogram_quantile(0.5, rate(example_read_seconds[1m]))"
        let classic = "histogram_quantile(0.5, rate(example_read_seconds_bucket[1m]))"
        #expect(eventually { prometheus.value(way.isNative ? native : classic) ?? 0 > 0 }, "\(comment)")
        if way.isNative {
            #expect(prometheus.value("histogram_count(example_read_seconds)") ?? 0 >= 3, "\(comment)")
        } else {
            #expect(prometheus.value("example_read_seconds_count") ?? 0 >= 3, "\(comment)")
            #expect(prometheus.value(native) == nil, "\(comment)")
        }
        let query = "/api/v1/query_exemplars?query=example_read_seconds_bucket&start=0&end=99999999999"
        let exemplars = try prometheus.client.request("GET", query).text
        if name == "OpenMetrics" || name == "default" {
            #expect(exemplars.contains("\"file\":\"uptime\""), "\(comment): \(exemplars)")
        }
    }

    /// The exporter before a folder that says how long the machine is up.
    private func start() throws -> RunningExporter {
        folder.write("uptime", "4321.98 1.00\n")
        // "allmine", by a published vector of bcrypt.
        let hash = "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga"
        folder.write(
            "web.yml",
            """
            tls_server_config: { cert_file: server.pem, key_file: server.key }
            basic_auth_users: { prometheus: \(hash) }

            """
        )
        #expect(chmod("\(folder.path)/web.yml", 0o600) == 0)
        let arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder.path)/server.key", "-out",
            "\(folder.path)/server.pem",
        ]
        #expect(try RunningProgram("openssl", arguments).waitForExit() == 0)
        return try RunningExporter(
            "example-exporter",
            ["--path.procfs=\(folder.path)", "--web.config.file=\(folder.path)/web.yml"]
        )
    }
}
