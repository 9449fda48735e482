import ExporterTesting
import Exposition
import Glibc
import Testing

@testable import HTTPProbe

/// The program itself, asked as Prometheus and as people ask.
@Suite(.serialized)
struct HandlerTests {
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (48...57).contains(byte) || (97...122).contains(byte) || (65...90).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    @Test(
        arguments: [
            (nil, "15", 0.5, 14.5), (nil, "15", 0, 15), (20, "15", 0.5, 14.5), (20, "15", 0, 15), (5, "15", 0, 5),
            (5, "15", 0.5, 5),
            (10, "", 0.5, 10), (10, "10", 0.5, 9.5), (9.5, "", 0.5, 9.5), (9.5, "", 1, 9.5), (nil, "", 0.5, 119.5),
            (nil, "", 0, 120),
            (nil, "0.4", 0.5, 0.2), (nil, "0", 0.5, 119.5),
        ] as [(Double?, String, Double, Double)]
    )
    func timeouts(module: Double?, header: String, offset: Double, expected: Double) {
        let seconds = ProbeTimeout.seconds(
            header: header,
            module: module.map { .seconds($0) },
            offset: .seconds(offset)
        )
        #expect(seconds.map { abs($0 - expected) < 1e-9 } == true)
    }

    @Test(arguments: ["x", "-1", "nan", "1e999", "1s"])
    func noTimeouts(header: String) { #expect(ProbeTimeout.seconds(header: header, module: nil, offset: .zero) == nil) }

    @Test func aProbe() throws {
        let server = ScriptedServer { $0.target == "/slow" ? [.pause(milliseconds: 2500), .answer()] : [.answer()] }
        let exporter = try RunningExporter("http-probe-exporter")
        let target = Self.encoded(server.url)
        let answer = try exporter.client.request("GET", "/probe?target=\(target)")
        #expect(answer.status == 200 && answer[header: "content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        let exposition = try TextParser.parse(answer.body)
        #expect(exposition.families.contains { $0.name == "probe_success" && $0.samples.first?.value == 1 })
        #expect(lint(exposition) == [])
        let slow = try exporter.client.request(
            "GET",
            "/probe?target=\(target)%2Fslow",
            headers: ["X-Prometheus-Scrape-Timeout-Seconds: 1"]
        )
        #expect(slow.status == 200 && slow.text.contains("probe_timeout_seconds 0.5\n"))
        #expect(slow.text.contains("probe_failure_reason{reason=\"timeout\"} 1\n"))
        #expect(exporter.scrape().contains("http_probe_requests_total{outcome=\"success\"} 1\n"))
        #expect(exporter.program.stop() == 0)
    }

    @Test func requestsThatMakeNoSense() throws {
        let exporter = try RunningExporter("http-probe-exporter")
        for (query, status, text) in [
            ("", 400, "Target parameter is missing"), ("?target=http://x/&module=nope", 400, "Unknown module"),
            ("?target=ftp://x/", 400, "only http and https"), ("?target=http://x/&hostname=a/b", 400, "hostname"),
            ("?target=http://metadata.google.internal/", 403, "not among those"),
        ] {
            let answer = try exporter.client.request("GET", "/probe" + query)
            #expect(answer.status == status && answer.text.contains(text), "\(query): \(answer.status) \(answer.text)")
        }
        let odd = try exporter.client.request(
            "GET",
            "/probe?target=http://x/",
            headers: ["X-Prometheus-Scrape-Timeout-Seconds: x"]
        )
        #expect(odd.status == 500)
        #expect(exporter.scrape().contains("http_probe_module_unknown_total 1\n"))
        #expect(exporter.scrape().contains("http_probe_requests_total{outcome=\"refused\"} 1\n"))
    }

    @Test func whatItShows() throws {
        let folder = TemporaryFolder()
        folder.write(
            "c.yml",
            "modules: {m: {prober: http, http: {headers: {Host: my.example.org}, basic_auth: {username: u, password: mysecret}}}}"
        )
        let server = ScriptedServer(.answer(200, ["X-Header: there"]))
        let exporter = try RunningExporter(
            "http-probe-exporter",
            ["--config.file=\(folder.path)/c.yml", "--web.enable-lifecycle"]
        )
        let path = "/probe?module=m&target=\(Self.encoded(server.url + "/p?key=mysecret"))"
        let debug = try exporter.client.request("GET", path + "&debug=true").text
        #expect(debug.contains("X-Header: there") && debug.contains("probe_success 1") && debug.contains("<secret>"))
        #expect(!debug.contains("mysecret"))
        let conflict = try exporter.client.request("GET", path + "&hostname=other.example.org")
        #expect(conflict.status == 400)
        #expect(try exporter.client.request("GET", path + "&hostname=my.example.org").status == 200)
        let configuration = try exporter.client.request("GET", "/config").text
        #expect(configuration.contains("my.example.org") && !configuration.contains("mysecret"))
        let list = try exporter.client.request("GET", "/probes").text
        #expect(list.contains("1\tm\t\(server.url)/p\tsuccess") && !list.contains("mysecret"))
        #expect(try exporter.client.request("GET", "/logs?id=1").text.contains("probe_success 1"))
        #expect(
            try exporter.client.request("GET", "/logs?module=m&target=\(Self.encoded(server.url + "/p"))").status == 200
        )
        #expect(try exporter.client.request("GET", "/logs").status == 400)
        #expect(try exporter.client.request("GET", "/logs?id=99").status == 404)

        folder.write("c.yml", "modules: {n: {prober: http, bogus: 1}}")
        let bad = try exporter.client.request("POST", "/-/reload")
        #expect(bad.status == 500 && bad.text.contains("c.yml:1:29"), "\(bad.text)")
        #expect(try exporter.client.request("GET", path).status == 200)
        folder.write("c.yml", "modules: {n: {prober: http}}")
        #expect(try exporter.client.request("POST", "/-/reload").status == 200)
        #expect(try exporter.client.request("GET", path).status == 400)
        #expect(!exporter.program.printed.contains("mysecret"))
    }

    @Test func theConfigurationIsChecked() throws {
        let folder = TemporaryFolder()
        folder.write("bad.yml", "modules:\n  m:\n    prober: dns\n")
        let bad = try RunningProgram(
            builtExecutable("http-probe-exporter"),
            ["--config.check", "--config.file=\(folder.path)/bad.yml"]
        )
        #expect(bad.waitForExit() == 1 && bad.printed.contains("bad.yml:3:13") && bad.printed.contains("http only"))
        folder.write("good.yml", "modules: {m: {prober: http}}")
        let good = try RunningProgram(
            builtExecutable("http-probe-exporter"),
            ["--config.check", "--config.file=\(folder.path)/good.yml"]
        )
        #expect(good.waitForExit() == 0)
    }

    @Test func theHistoryIsBounded() {
        let history = ProbeHistory(limit: 3)
        for number in 1...10 {
            var result = ProbeResult()
            if number < 6 { result.failure = .status }
            history.add(
                FinishedProbe(
                    module: "m",
                    target: "t\(number)",
                    timeoutSeconds: 1,
                    result: result,
                    configuration: LoadedConfiguration()
                )
            )
        }
        // The last three, and of those before the last three that failed.
        #expect(history.all.map(\.id) == [10, 9, 8, 5, 4, 3])
        #expect(history.probe(target: "t4", module: "m")?.id == 4 && history.probe(id: 2) == nil)
        ProbeHistory(limit: 0).add(
            FinishedProbe(
                module: "",
                target: "",
                timeoutSeconds: 1,
                result: ProbeResult(),
                configuration: LoadedConfiguration()
            )
        )
    }
}
