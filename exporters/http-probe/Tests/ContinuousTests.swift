import ExporterTesting
import Exposition
import StrictYAML
import Testing

@testable import HTTPProbe

/// Targets that are probed all the time.
@Suite(.serialized)
struct ContinuousTests {
    @Test func targetsOfTheConfiguration() throws {
        let server = ScriptedServer { $0.target.hasPrefix("/bad") ? [.answer(503)] : [.answer(200, [], "hello")] }
        let folder = TemporaryFolder()
        folder.write(
            "c.yml",
            """
            modules: {http_2xx: {prober: http}}
            targets:
              - {url: '\(server.url)/', name: good, interval: 100ms, slo: 5s, labels: {team: web}}
              - {url: '\(server.url)/bad?key=secret', interval: 100ms, jitter: 10ms}
            target_files: ['files/*.json']
            """
        )
        let exporter = try RunningExporter(
            "http-probe-exporter",
            ["--config.file=\(folder.path)/c.yml", "--targets.refresh-interval=100ms", "--web.enable-lifecycle"]
        )
        let good = "target=\"good\",module=\"http_2xx\",team=\"web\""
        let bad = "target=\"\(server.url)/bad\",module=\"http_2xx\""
        #expect(eventually { exporter.value("http_probe_successes_total{\(good)}") > 1 })
        #expect(eventually { exporter.value("http_probe_failures_total{\(bad),reason=\"status\"}") > 1 })
        let text = exporter.scrape()
        #expect(lint(try TextParser.parse(Array(text.utf8))).filter { $0.metric.hasPrefix("http_probe") } == [])
        #expect(exporter.value("http_probe_up{\(good)}") == 1 && exporter.value("http_probe_up{\(bad)}") == 0)
        #expect(exporter.value("http_probe_good_threshold_seconds{\(good)}") == 5)
        #expect(
            exporter.value("http_probe_good_total{\(good)}") > 1 && exporter.value("http_probe_good_total{\(bad)}") == 0
        )
        #expect(exporter.value("http_probe_responses_total{\(bad),code=\"5xx\"}") > 1)
        #expect(exporter.value("http_probe_status_code{\(bad)}") == 503)
        #expect(exporter.value("http_probe_duration_seconds_count{\(good),phase=\"total\"}") > 1)
        #expect(exporter.value("http_probe_duration_seconds_bucket{\(good),phase=\"total\",le=\"10.0\"}") > 1)
        #expect(exporter.value("http_probe_last_success_timestamp_seconds{\(good)}") > 1_700_000_000)
        #expect(!text.contains("last_success_timestamp_seconds{\(bad)"))
        #expect(!text.contains("secret") && exporter.value("http_probe_lateness_seconds_count") > 1)

        // A reload that changes nothing keeps the counts.
        let before = exporter.value("http_probe_attempts_total{\(good)}")
        #expect(try exporter.client.request("POST", "/-/reload").status == 200)
        #expect(exporter.value("http_probe_attempts_total{\(good)}") >= before)
    }

    /// Files come, change, break and go.
    @Test func targetsOfFiles() throws {
        let server = ScriptedServer(.answer())
        let folder = TemporaryFolder()
        folder.write("c.yml", "modules: {http_2xx: {prober: http}}\ntarget_files: ['\(folder.path)/*.json']\n")
        let exporter = try RunningExporter(
            "http-probe-exporter",
            ["--config.file=\(folder.path)/c.yml", "--targets.refresh-interval=50ms"]
        )
        #expect(exporter.value("http_probe_targets") == 0)
        folder.write(
            "a.json",
            "[{\"targets\": [\"\(server.url)/a\", \"\(server.url)/b\"], \"labels\": {\"__interval__\": \"100ms\", \"team\": \"x\"}}]"
        )
        #expect(eventually { exporter.value("http_probe_targets") == 2 })
        let series = "http_probe_successes_total{target=\"\(server.url)/a\",module=\"http_2xx\",team=\"x\"}"
        #expect(eventually { exporter.value(series) > 0 })
        folder.write("a.json", "[{\"targets\": 1}]")
        #expect(eventually { exporter.program.printed.contains("a.json:1:14") })
        #expect(exporter.value("http_probe_targets") == 2)
        folder.write("a.json", "[{\"targets\": [\"\(server.url)/a\"], \"labels\": {\"__module__\": \"nope\"}}]")
        #expect(
            eventually {
                exporter.program.printed.contains("no module is named") && exporter.value("http_probe_targets") == 0
            }
        )
    }

    /// What is due first comes first, in whatever order it was put in.
    @Test func theQueueIsInOrder() throws {
        let plan = try Probing.plan("")
        var queue = TargetQueue()
        let url = try TargetURL.parse("http://a/").get()
        let node = try YAMLNode(yaml: Array("{url: 'http://a/'}".utf8), file: "t")
        let target = ContinuousTarget(try TargetConfiguration(node), plan, url)
        var random = SplitMix64(state: 7)
        let times = (0..<500).map { _ in UInt64.random(in: 0..<1000, using: &random) }
        for time in times { queue.insert(TargetQueue.Turn(due: time, target: target)) }
        var popped: [UInt64] = []
        while let turn = queue.popFirst() { popped.append(turn.due) }
        #expect(popped == times.sorted())
    }

    @Test func theLedgerCounts() {
        let ledger = TargetLedger()
        var result = ProbeResult()
        result.duration = 0.1
        result.hops = [ProbeResult.Hop(url: "")]
        result.hops[0].response.status = 200
        #expect(ledger.begin() && !ledger.begin())
        ledger.record(result, objective: 0.2, isTLS: false, at: 5)
        result.duration = 0.3
        ledger.record(result, objective: 0.2, isTLS: false, at: 6)
        result.failure = .timeout
        ledger.record(result, objective: 0.2, isTLS: false, at: 7)
        result.failure = .canceled
        ledger.record(result, objective: 0.2, isTLS: false, at: 8)
        let state = ledger.current
        #expect(state.attempts == 3 && state.successes == 2 && state.good == 1 && state.failures == [.timeout: 1])
        #expect(state.lastSuccess == 6 && state.isUp == false && state.responses == [0, 3, 0, 0, 0])
    }

    @Test func targetFilesNeverTrap() {
        let folder = TemporaryFolder()
        let seeds = [
            "[{\"targets\": [\"http://a\"], \"labels\": {\"__interval__\": \"1s\", \"a\": \"b\"}}]",
            "- targets: [a]\n  labels: {b: c}\n",
        ]
        var files = TargetFiles()
        fuzz(seeds: seeds.map { Array($0.utf8) }, tokens: ["targets", "__slo__", "["], iterations: 2_000) {
            folder.write("f.json", $0)
            _ = files.refresh([folder.path + "/f.json"])
        }
        #expect(files.targets.count >= 0)
    }
}

extension RunningExporter {
    /// The value of a series in a scrape; 0 where it is not there.
    func value(_ series: String) -> Double {
        let line = scrape().split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.utf8.count + 1)) } ?? 0
    }
}
