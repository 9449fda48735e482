import ExporterTesting
import Exposition
import Glibc
import Testing

/// A real Prometheus, the newest on PATH, scrapes what the writer writes, and sees the same in every format.
@Suite(.serialized)
struct FormatScrapeTests {
    /// What each path of the server is written in.
    private static let forms: [String: ExpositionForm] = [
        "/text": ExpositionForm(.text),
        "/text-dots": ExpositionForm(.text, escaping: .dots),
        "/text-1.0.0": ExpositionForm(.utf8Text, escaping: .values),
        "/text-utf8": ExpositionForm(.utf8Text, escaping: .allowUTF8),
        "/openmetrics": ExpositionForm(.openMetrics),
        "/openmetrics-utf8": ExpositionForm(.openMetrics, escaping: .allowUTF8),
        "/protobuf": ExpositionForm(.protobuf),
        "/protobuf-utf8": ExpositionForm(.protobuf, escaping: .allowUTF8),
    ]

    /// What a program of each kind of metric has to say, in this form.
    private static func exposition(_ form: ExpositionForm) -> ExpositionServer.Answer {
        let exemplar = Exemplar([("trace_id", "4bf92f3577b34da6")], value: 0.043, timestamp: Double(time(nil)) - 1)
        let method = LabelSet([("method", "GET"), ("odd", "a\\b\n\"c\" é")])
        var writer = MetricWriter(form: form, writesCreatedSeries: true)
        writer.emit(
            MetricFamily(.counter, name: "app_requests_total", help: "Requests, by \"method\"."),
            method,
            1027,
            exemplar: exemplar,
            created: 1_699_999_999.125
        )
        writer.emit(Metric(.gauge, "app_temperature_celsius", "A gauge."), -3.5)
        writer.emit(Metric(.gauge, "app_large", "A large number."), 1.2345678901234567e+300)
        writer.emit(Metric(.gauge, "app_infinite", "Infinity."), .infinity)
        writer.emit(Metric(.info, "app_build_info", "What was built.", labels: ["version"]), 1, ["1.2.3"])
        let states = Metric(.stateSet, "app_state", "What it does.", labels: ["app_state"])
        writer.emit(states, 1, ["running"])
        writer.emit(states, 0, ["stopped"])
        writer.emit(
            MetricFamily(.histogram, name: "app_classic_seconds", help: "A classic histogram."),
            method,
            HistogramSnapshot(
                bounds: [0.005, 0.1, 1],
                cumulativeCounts: [3, 40, 41],
                count: 43,
                sum: 53.5,
                exemplars: [nil, exemplar, nil, nil]
            )
        )
        writer.emit(
            MetricFamily(.histogram, name: "app_native_seconds", help: "A native histogram."),
            method,
            HistogramSnapshot(
                count: 43,
                sum: 53.5,
                native: NativeHistogramSnapshot(
                    schema: 0,
                    zeroThreshold: 0x1p-128,
                    zeroCount: 3,
                    positive: [.init(index: -4, count: 37), .init(index: -3, count: 1), .init(index: 5, count: 2)],
                    exemplars: [exemplar].compactMap { $0 }
                )
            )
        )
        writer.emit(
            MetricFamily(.summary, name: "app_delay_seconds", help: "A summary."),
            .none,
            SummarySnapshot(count: 5, sum: 12.5, quantiles: [.init(0.5, 2), .init(0.99, 1e-5)])
        )
        writer.emit(Metric(.gauge, "app.of_any.name ☃", "A name in quotes, or escaped.", labels: ["la.bel"]), 7, ["x"])
        var body: [UInt8] = []
        _ = MetricWriter.join([writer], into: &body)
        return .init(contentType: form.contentType, body: body)
    }

    /// One server, one Prometheus, a job for each form, and one that gets what it asks for.
    @Test func everyFormSaysTheSame() throws {
        let (executable, version) = try Prometheus.newest()
        print("scraped by \(executable) \(version.map(String.init).joined(separator: "."))")
        // Names in quotes came with Prometheus 3.
        let takesQuotes = version.lexicographicallyPrecedes([3]) == false
        let paths = Self.forms.keys.sorted().filter { takesQuotes || !$0.hasSuffix("utf8") } + ["/metrics"]
        let server = try ExpositionServer { path, accept in
            Self.exposition(Self.forms[path] ?? ExpositionForm(accept: accept))
        }
        let prometheus = try Prometheus(
            scrapes: paths.map { path in
                """
                  - job_name: \(path.dropFirst())
                    metrics_path: \(path)
                    static_configs: [{ targets: ["127.0.0.1:\(server.port)"] }]
                """
            }.joined(separator: "\n"),
            flags: ["--enable-feature=native-histograms,exemplar-storage"],
            executable: executable
        )
        let areUp = eventually {
            prometheus.value("count(count_over_time(up[1m]) >= 2)") == Double(paths.count)
        }
        #expect(areUp, "\(prometheus.program.printed)")

        for path in paths {
            let form = Self.forms[path] ?? ExpositionForm(accept: server.accept(of: path))
            expectTruth(prometheus, job: String(path.dropFirst()), form)
        }
        // With native histograms enabled, that is what it asks for.
        #expect(ExpositionForm(accept: server.accept(of: "/metrics")).format == .protobuf)
    }

    private func expectTruth(_ prometheus: Prometheus, job: String, _ form: ExpositionForm) {
        /// The value of the one series that a selector has in this job.
        func value(_ name: String, _ labels: String = "") -> Double? {
            prometheus.value("{__name__=\"\(form.escaping.escaped(name))\",job=\"\(job)\"\(labels)}")
        }
        func name(_ name: String, _ suffix: String = "") -> String { form.escaping.escaped(name) + suffix }
        func bucket(_ family: String, _ bound: String) -> Double? {
            prometheus.value("{__name__=\"\(name(family, "_bucket"))\",job=\"\(job)\",le=~\"\(bound)(\\\\.0)?\"}")
        }

        #expect(value("up") == nil || value("up") == 1, "\(job): \(prometheus.program.printed)")
        #expect(prometheus.value("up{job=\"\(job)\"}") == 1, "\(job)")
        #expect(value("app_requests_total", ",method=\"GET\",odd=\"a\\\\b\\n\\\"c\\\" é\"") == 1027, "\(job)")
        #expect(value("app_temperature_celsius") == -3.5, "\(job)")
        #expect(value("app_large") == 1.2345678901234567e+300, "\(job)")
        #expect(
            prometheus.value("{__name__=\"\(name("app_infinite"))\",job=\"\(job)\"} > 1e308") == .infinity,
            "\(job)"
        )
        #expect(value("app_build_info", ",version=\"1.2.3\"") == 1, "\(job)")
        let state = form.escaping.escaped(label: "app_state")
        #expect(value("app_state", ",\(state)=\"running\"") == 1, "\(job)")
        #expect(value("app_state", ",\(state)=\"stopped\"") == 0, "\(job)")
        #expect(bucket("app_classic_seconds", "0.005") == 3, "\(job)")
        #expect(bucket("app_classic_seconds", "1") == 41, "\(job)")
        #expect(bucket("app_classic_seconds", "[+]Inf") == 43, "\(job)")
        #expect(
            prometheus.value("{__name__=\"\(name("app_classic_seconds", "_sum"))\",job=\"\(job)\"}") == 53.5,
            "\(job)"
        )
        #expect(prometheus.value("{__name__=\"\(name("app_delay_seconds", "_count"))\",job=\"\(job)\"}") == 5, "\(job)")
        #expect(value("app_delay_seconds", ",quantile=\"0.99\"") == 1e-5, "\(job)")

        // Names that are not plain: a query finds them under the name that the scheme makes.
        if form.escaping != .allowUTF8 {
            let label = form.escaping.escaped(label: "la.bel")
            #expect(value("app.of_any.name ☃", ",\(label)=\"x\"") == 7, "\(job)")
        } else {
            #expect(value("app.of_any.name ☃", ",\"la.bel\"=\"x\"") == 7, "\(job)")
        }

        // Exemplars, and native histograms, are in the formats that have them.
        let exemplars = prometheus.exemplars("{__name__=\"\(name("app_requests_total"))\",job=\"\(job)\"}")
        let hasExemplars = form.format == .openMetrics || form.format == .protobuf
        #expect(
            exemplars.first?[form.escaping.escaped(label: "trace_id")] == (hasExemplars ? "4bf92f3577b34da6" : nil),
            "\(job)"
        )
        let native = "{__name__=\"\(name("app_native_seconds"))\",job=\"\(job)\"}"
        let quantile = prometheus.value("histogram_quantile(0.5, \(native))")
        if form.format == .protobuf {
            // Half of the observations are within the bucket from 1/32 to 1/16; how it is divided differs by version.
            #expect((0.03125...0.0625).contains(quantile ?? 0), "\(job)")
            #expect(prometheus.value("histogram_count(\(native))") == 43, "\(job)")
            #expect(prometheus.value("histogram_sum(\(native))") == 53.5, "\(job)")
        } else {
            #expect(quantile == nil, "\(job)")
            #expect(bucket("app_native_seconds", "[+]Inf") == 43, "\(job)")
        }
    }

    // MARK: Odd expositions

    /// The rows of the table about the grammar say the truth: each is a target, which is up where they say so.
    @Test func theGrammarIsAsSaid() throws {
        let (executable, version) = try Prometheus.newest()
        print("scraped by \(executable) \(version.map(String.init).joined(separator: "."))")
        let rows =
            GrammarRow.text.map { ($0, "text/plain; version=0.0.4; charset=utf-8") }
            + GrammarRow.openMetrics.map { ($0, "application/openmetrics-text; version=1.0.0; charset=utf-8") }
        let server = try ExpositionServer { path, _ in
            let row = Int(path.dropFirst()).map { rows[$0] }
            return .init(contentType: row?.1 ?? "", body: Array((row?.0.text ?? "").utf8))
        }
        let targets = rows.indices.map { row in
            "      - { targets: [\"127.0.0.1:\(server.port)\"], labels: { __metrics_path__: /\(row), row: \"\(row)\" } }"
        }
        let prometheus = try Prometheus(
            scrapes: """
                  - job_name: rows
                    static_configs:
                \(targets.joined(separator: "\n"))
                """,
            executable: executable
        )
        let areScraped = eventually {
            prometheus.value("count(count_over_time(up[1m]) >= 2)") == Double(rows.count)
        }
        #expect(areScraped, "\(prometheus.program.printed)")
        for (index, (row, type)) in rows.enumerated() {
            let isUp = prometheus.value("up{row=\"\(index)\"}") == 1
            let isScraped = version[0] >= row.since ? row.isScraped : !row.isScraped
            #expect(isUp == isScraped, "\(type), \(row.what)")
        }
    }
}
