import ExporterTesting
import Testing

/// A real Prometheus, the usual relabelling, and the alerts as they are but for their times: a certificate that expires
/// in two days and an API that is slow are told of, what is well is not.
@Suite(.serialized)
struct ProbedTargetsTests {
    private let folder = TemporaryFolder()

    @Test func alertsFireForWhatIsProbed() throws {
        let site = try Site(folder)
        let exporter = try start(site)
        let prometheus = try Prometheus(scrapes: scrapes(site, exporter), rules: try #require(quickRules()))
        let fires = { (alert: String, label: String) in
            prometheus.value("ALERTS{alertstate=\"firing\",alertname=\"\(alert)\",\(label)}") == 1
        }
        let expected = [
            ("HTTPTargetSlow", "target=\"slow\""),
            ("HTTPCertificateExpiresIn14Days", "target=\"secure\""),
            ("HTTPCertificateExpiresIn3Days", "target=\"secure\""),
            ("HTTPTargetDown", "target=\"gone\""),
            ("HTTPTargetFailing", "target=\"gone\",reason=\"connect\""),
            ("ProbeSlow", "instance=\"\(site.slow)\""),
            ("ProbeCertificateExpiresIn14Days", "instance=\"\(site.secure)\""),
            ("ProbeCertificateExpiresIn3Days", "instance=\"\(site.secure)\""),
            ("ProbeDown", "instance=\"\(site.gone)\""),
            ("ProbeFailing", "instance=\"\(site.gone)\",reason=\"connect\""),
        ]
        for (alert, label) in expected {
            #expect(
                eventually { fires(alert, label) },
                "\(alert) \(label): \(exporter.scrape()) \(prometheus.program.printed)"
            )
        }
        // As slow as the other, and it may be; up, and its certificate is good for a while.
        for alert in ["HTTPTargetSlow", "HTTPTargetDown", "HTTPTargetFailing"] {
            #expect(
                prometheus.value("ALERTS{alertstate=\"firing\",alertname=\"\(alert)\",target=\"patient\"}") == nil,
                "\(alert)"
            )
        }
        #expect(eventually { prometheus.value("http_probe_up{target=\"patient\"}") == 1 })
        #expect(eventually { prometheus.value("probe_success{instance=\"\(site.slow)\"}") == 1 })
        #expect(prometheus.value("up{job=\"websites\",instance=\"\(site.gone)\"}") == 1)
        #expect(exporter.program.stop() == 0)
    }

    /// Something to probe: plain, slow, over TLS with a certificate of two days, and nobody.
    private struct Site {
        let program: RunningProgram
        let slow: String
        let secure: String
        let gone: String
        let authority: String

        init(_ folder: TemporaryFolder) throws {
            authority = "\(folder.path)/site.crt"
            let key = "\(folder.path)/site.key"
            let made = try RunningProgram(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
                    authority,
                ]
            )
            #expect(made.waitForExit() == 0)
            let (plain, secured, free) = (try freePort(), try freePort(), try freePort())
            program = try RunningProgram(
                "python3",
                [
                    SourceTree.package().root + "/integration/site/site.py", "\(plain)", "agent.js", "\(secured)",
                    authority,
                    key,
                ]
            )
            slow = "http://localhost:\(plain)/?wait=0.3"
            secure = "https://localhost:\(secured)/"
            gone = "http://localhost:\(free)/"
            let server = program
            #expect(eventually { server.printed.contains("http://") })
        }
    }

    private func start(_ site: Site) throws -> RunningExporter {
        folder.write(
            "probe.yml",
            """
            modules:
              web:
                prober: http
                timeout: 5s
                http: { preferred_ip_protocol: ip4, tls_config: { ca_file: site.crt } }
            targets:
              - { name: slow, module: web, url: "\(site.slow)", interval: 500ms }
              - { name: patient, module: web, url: "\(site.slow)", interval: 2s, slo: 60s }
              - { name: secure, module: web, url: "\(site.secure)", interval: 500ms, slo: 60s }
              - { name: gone, module: web, url: "\(site.gone)", interval: 500ms }

            """
        )
        return try RunningExporter("http-probe-exporter", ["--config.file=\(folder.path)/probe.yml"])
    }

    /// The rules, with seconds for minutes.
    private func quickRules() -> String? {
        readFile(SourceTree.package().root + "/exporters/http-probe/alerts.yml").map { text in
            text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.drop { $0 == " " }.hasPrefix("for: ") ? "\(line.prefix { $0 == " " })for: 1s" : replacing(line)
            }.joined(separator: "\n")
        }
    }

    /// `[5m]` and the like, in which a test would wait long for what a percentile is made of.
    private func replacing(_ line: Substring) -> String {
        var result = ""
        var rest = line
        while let start = rest.firstIndex(of: "["), let end = rest[start...].firstIndex(of: "]") {
            let inner = rest[rest.index(after: start)..<end]
            let isRange = inner.last == "m" && inner.dropLast().allSatisfy(\.isNumber)
            result += rest[..<start] + (isRange ? "[10s]" : rest[start...end])
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// The exporter's own metrics, and the relabelling that everybody has.
    private func scrapes(_ site: Site, _ exporter: RunningExporter) -> String {
        """
          - job_name: http-probe
            static_configs: [{ targets: ["localhost:\(exporter.port)"] }]
          - job_name: websites
            metrics_path: /probe
            params: { module: [web] }
            scrape_interval: 2s
            scrape_timeout: 2s
            static_configs: [{ targets: ["\(site.slow)", "\(site.secure)", "\(site.gone)"] }]
            relabel_configs:
              - { source_labels: [__address__], target_label: __param_target }
              - { source_labels: [__param_target], target_label: instance }
              - { target_label: __address__, replacement: "localhost:\(exporter.port)" }
        """
    }
}
