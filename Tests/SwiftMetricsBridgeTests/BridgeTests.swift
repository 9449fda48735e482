import CoreMetrics
import Exposition
import Instruments
import Logging
import SwiftMetricsBridge
import Synchronization
import Testing

/// What libraries do with swift-metrics is exported, whatever they do, and never traps.
struct BridgeTests {
    /// Log lines, kept.
    private struct KeepingHandler: LogHandler {
        let lines: Kept
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.add("\(event.message) \(event.metadata ?? [:])") }
    }

    private final class Kept: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private let registry = Registry()
    private let log = Kept()

    private func factory(
        details: [String: RegistryMetricsFactory.Details] = [:],
        childrenMax: Int = 100
    ) -> RegistryMetricsFactory {
        let logger = Logger(label: "test") { [log] _ in KeepingHandler(lines: log) }
        return RegistryMetricsFactory(registry, details: details, childrenMax: childrenMax, logger: logger)
    }

    private func samples() throws -> [String] {
        let text = registry.exposition(ExpositionForm(.text))
        _ = try TextParser.parse(text)
        return String(decoding: text, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }.map(
            String.init
        )
    }

    @Test func eachKindBecomesItsInstrument() throws {
        let factory = factory(details: ["t": .init(help: "A timer.", buckets: HistogramBuckets([1]))])
        Counter(label: "c", dimensions: [("a", "1")], factory: factory).increment(by: 2)
        FloatingPointCounter(label: "f", factory: factory).increment(by: 0.5)
        let meter = Meter(label: "m", factory: factory)
        meter.set(5)
        meter.decrement(by: 2)
        Gauge(label: "g", factory: factory).record(7)
        Recorder(label: "r", factory: factory).record(0.02)
        Timer(label: "t", factory: factory).recordMilliseconds(1500)
        let lines = try samples()
        for line in [
            "c_total{a=\"1\"} 2", "f_total 0.5", "m 3", "g 7", "r_sum 0.02", "r_count 1",
            "t_seconds_bucket{le=\"1.0\"} 0",
            "t_seconds_sum 1.5", "t_seconds_count 1",
        ] {
            #expect(lines.contains(line), "\(line) in \(lines)")
        }
        #expect(
            String(decoding: registry.exposition(ExpositionForm(.text)), as: UTF8.self).contains(
                "# HELP t_seconds A timer.\n"
            )
        )
    }

    @Test(arguments: [
        (MetricKind.counter, "http.requests", "http_requests_total"), (.counter, "a_total", "a_total"),
        (.timer, "http.server.request.duration", "http_server_request_duration_seconds"),
        (.timer, "a_seconds", "a_seconds"),
        (.gauge, "9 lives", "_9_lives"), (.recorder, "", "_"), (.gauge, "é", "__"),
        (.gauge, "a\n{x=\"1\"} 5", "a__x__1___5"),
    ])
    func namesAreMadePlain(kind: MetricKind, label: String, name: String) {
        #expect(MetricNaming.underscores.metric(kind, label) == name)
    }

    @Test func dimensionsMayDifferEachTime() throws {
        let factory = factory()
        Counter(label: "c", factory: factory).increment()
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: factory).increment()
        Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: factory).increment()
        Counter(label: "c", dimensions: [("a", "0"), ("a", "1"), ("b", "2")], factory: factory).increment()
        Counter(
            label: "c",
            dimensions: [("le", "1"), ("quantile", "2"), ("__name__", "x"), ("a.b", "\"}\n")],
            factory: factory
        )
        .increment()
        #expect(
            try samples() == [
                "c_total 1", "c_total{a=\"1\",b=\"2\"} 3",
                "c_total{a_b=\"\\\"}\\n\",exported___name__=\"x\",exported_le=\"1\",exported_quantile=\"2\"} 1",
            ]
        )
    }

    @Test func aNameThatIsTakenIsToldOnceAndCountsForItself() throws {
        _ = try registry.gauge("taken_total", "Somebody else's.")
        let factory = factory()
        for _ in 0..<5 { Counter(label: "taken", factory: factory).increment() }
        Gauge(label: "same", factory: factory).record(1)
        for _ in 0..<5 { Recorder(label: "same", factory: factory).record(1) }
        #expect(try samples() == ["same 1", "taken_total 0"])
        #expect(log.all.count == 2)
        #expect(log.all.first?.contains("taken_total") == true)
    }

    @Test func valuesThatMakeNoSenseAreRejected() throws {
        let factory = factory()
        let counter = Counter(label: "c", factory: factory)
        counter.increment(by: Int64.min)
        counter.increment(by: 0)
        counter.increment(by: Int64.max)
        counter.increment(by: Int64.max)
        FloatingPointCounter(label: "f", factory: factory).increment(by: -Double.infinity)
        let timer = Timer(label: "t", factory: factory)
        timer.recordNanoseconds(-1)
        timer.recordNanoseconds(.min)
        timer.recordNanoseconds(.max)
        timer.recordSeconds(Double.nan.isNaN ? 1 : 0)
        Gauge(label: "g", factory: factory).record(Double.nan)
        Recorder(label: "r", factory: factory).record(-Double.infinity)
        #expect(try samples().contains("t_seconds_count 2"))
        #expect(registry.rejected >= 4)
    }

    @Test func beyondTheLimitDimensionsShareASeries() throws {
        let factory = factory(childrenMax: 10)
        for path in 0..<10_000 { Counter(label: "c", dimensions: [("path", "\(path)")], factory: factory).increment() }
        let lines = try samples()
        #expect(lines.count == 11)
        #expect(lines.contains("c_total{overflow=\"true\"} 9990"))
    }

    @Test func whatIsDestroyedBeginsAgain() throws {
        let factory = factory()
        let counter = Counter(label: "c", dimensions: [("a", "1")], factory: factory)
        counter.increment(by: 5)
        counter.reset()
        #expect(try samples() == ["c_total{a=\"1\"} 0"])
        counter.destroy()
        counter.destroy()
        #expect(try samples() == [])
        Counter(label: "c", dimensions: [("a", "1")], factory: factory).increment()
        #expect(try samples() == ["c_total{a=\"1\"} 1"])
        // Of another factory.
        factory.destroyCounter(NOOPMetricsHandler.instance)
    }

    @Test func sameKeySameHandler() {
        let factory = factory()
        let first = factory.makeCounter(label: "c", dimensions: [("a", "1")])
        #expect(first === factory.makeCounter(label: "c", dimensions: [("a", "1")]))
    }
}
