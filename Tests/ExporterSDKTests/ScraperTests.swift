import Exposition
import Synchronization
import Testing

@testable import ExporterSDK

/// A collector that fails in whatever way costs its own samples, and everything else is served.
@Suite(.serialized)
struct ScraperTests {
    private static let good = EnabledCollector.good(TagA.self, "test_a")

    // MARK: Outcomes

    @Test func goodCollectorsAreServed() throws {
        let exposition = try Scraper([Self.good, .good(TagB.self, "test_b")]).text()
        #expect(exposition.value("test_a", "x") == 1)
        #expect(exposition.value("test_b", "x") == 1)
        for name in ["a", "b"] {
            #expect(exposition.value("test_scrape_collector_success", name) == 1)
            #expect(exposition.value("test_scrape_collector_absent", name) == 0)
            #expect(exposition.value("test_scrape_collector_series", name) == 1)
            #expect(exposition.value("test_scrape_collector_duration_seconds", name) != nil)
        }
        #expect(exposition.value("test_exporter_build_info", ExporterIdentity.version) == 1)
    }

    @Test(arguments: [(CollectorError.failed("broken"), 0.0, 0.0), (.absent("not here"), 1, 1)])
    func whatWasWrittenBeforeAnErrorIsDropped(error: CollectorError, success: Double, absent: Double) throws {
        let metric = metric("test_b")
        let scraper = Scraper([
            Self.good,
            .scripted(TagB.self) { out, _ throws(CollectorError) in
                out.emit(metric, 1, ["x"])
                throw error
            },
        ])
        for _ in 0..<3 {
            let exposition = try scraper.text()
            #expect(exposition.value("test_a", "x") == 1)
            #expect(exposition[family: "test_b"] == nil)
            #expect(exposition.value("test_scrape_collector_success", "b") == success)
            #expect(exposition.value("test_scrape_collector_absent", "b") == absent)
            #expect(exposition.value("test_scrape_collector_series", "b") == 0)
            #expect(exposition.value("test_scrape_collector_success", "a") == 1)
        }
    }

    @Test func aHungCollectorCostsOnlyItself() throws {
        let gate = Gate()
        let starts = Count()
        let metric = metric("test_b")
        let scraper = Scraper([
            .scripted(TagB.self) { out, _ in
                _ = starts.next()
                out.emit(metric, 1, ["x"])
                gate.wait()
            },
            Self.good,
        ])
        // The first waits until its deadline; later ones don't start it again.
        for seconds in [3.0, 20, 20] {
            let exposition = try scraper.text(seconds: seconds)
            #expect(exposition.value("test_a", "x") == 1)
            #expect(exposition.value("test_scrape_collector_success", "a") == 1)
            #expect(exposition.value("test_scrape_collector_success", "b") == 0)
            #expect(exposition[family: "test_b"] == nil)
        }
        #expect(starts.value == 1)
        gate.open()
        // It is started again once it has ended.
        var success: Double?
        for _ in 0..<1000 where success != 1 {
            success = try scraper.text().value("test_scrape_collector_success", "b")
        }
        #expect(success == 1)
    }

    @Test func aCollectorThatIgnoresItsDeadlineIsNotWaitedFor() throws {
        let gate = Gate()
        let scraper = Scraper([.scripted(TagB.self) { _, _ in gate.wait() }])
        let exposition = try scraper.text(seconds: 0.05)
        #expect(exposition.value("test_scrape_collector_success", "b") == 0)
        gate.open()
    }

    @Test func duplicatesCostOnlyThemselves() throws {
        let metric = metric("test_b")
        let counters = ExporterCounters()
        let scraper = Scraper(
            [
                Self.good,
                .scripted(TagB.self) { out, _ in
                    out.emit(metric, 1, ["x"])
                    out.emit(metric, 2, ["x"])
                    out.emit(metric, 3, [.bytes([0xFF])])
                },
            ],
            counters: counters,
            hasExporterMetrics: true
        )
        for scrape in 1...2 {
            let exposition = try scraper.text()
            #expect(exposition.value("test_b", "x") == 1)
            #expect(exposition.value("test_b", "\u{FFFD}") == 3)
            #expect(exposition.value("test_a", "x") == 1)
            #expect(exposition.value("test_scrape_collector_success", "b") == 1)
            #expect(exposition.value("test_exporter_samples_dropped_total", "duplicate") == Double(scrape))
            #expect(exposition.value("test_exporter_label_values_replaced_total") == Double(scrape))
            #expect(exposition.value("promhttp_metric_handler_errors_total", "gathering") == Double(scrape))
        }
    }

    @Test func oneCollectorsDuplicateOfAnothersSeriesIsLeftOut() throws {
        let scraper = Scraper([Self.good, .good(TagB.self, "test_a")], hasExporterMetrics: true)
        _ = try scraper.text()
        let exposition = try scraper.text()
        #expect(exposition[family: "test_a"]?.samples.count == 1)
        // Found when joining, so it shows in the next scrape.
        #expect(exposition.value("test_exporter_samples_dropped_total", "duplicate") == 1)
    }

    @Test func theLimitIsEachCollectorsOwn() throws {
        let metric = metric("test_b")
        var limits = MetricWriter.Limits()
        limits.samples = 40
        let scraper = Scraper(
            [
                .scripted(TagB.self) { out, _ in
                    for number in 0..<100 { out.emit(metric, 1, [LabelValue(number)]) }
                },
                Self.good,
            ],
            limits: limits,
            hasExporterMetrics: true
        )
        let exposition = try scraper.text()
        #expect(exposition[family: "test_b"]?.samples.count == 40)
        #expect(exposition.value("test_a", "x") == 1)
        #expect(exposition.value("test_scrape_collector_series", "b") == 40)
        #expect(exposition.value("test_exporter_samples_dropped_total", "limit") == 60)
        #expect(exposition.value("test_exporter_build_info") == 1)
    }

    @Test func onlyTheChosenRun() throws {
        let scraper = Scraper([Self.good, .good(TagB.self, "test_b"), .good(TagC.self, "test_c")])
        let only = try scraper.text(.only(["b"]))
        #expect(only[family: "test_a"] == nil)
        #expect(only.value("test_b") == 1)
        #expect(only.value("test_scrape_collector_success", "a") == nil)
        let except = try scraper.text(.except(["b", "unknown"]))
        #expect(except.value("test_a") == 1)
        #expect(except[family: "test_b"] == nil)
        #expect(except.value("test_c") == 1)
        #expect(try scraper.text(.only([])).families.map(\.name) == ["test_exporter_build_info"])
    }

    @Test func bothFormatsComeFromTheSameScraper() throws {
        let scraper = Scraper([Self.good])
        for _ in 0..<3 {
            let context = ScrapeContext(deadline: .now + .seconds(20))
            let bytes = try scraper.scrape(ScrapeRequest(form: ExpositionForm(.openMetrics)), context: context)
            #expect(try OpenMetricsParser.parse(bytes).value("test_a") == 1)
            #expect(try scraper.text().value("test_a") == 1)
        }
    }

    @Test func withAllItsOwnMetricsTheAnswerIsValid() throws {
        let scraper = Scraper([Self.good], hasExporterMetrics: true)
        let exposition = try scraper.text()
        #expect(lint(exposition).filter { !$0.metric.hasPrefix("promhttp_") } == [])
        for name in ["process_open_fds", "process_start_time_seconds", "process_resident_memory_bytes"] {
            #expect((exposition.value(name) ?? 0) > 0)
        }
        let context = ScrapeContext(deadline: .now + .seconds(20))
        let bytes = try scraper.scrape(ScrapeRequest(form: ExpositionForm(.openMetrics)), context: context)
        #expect(throws: Never.self) { try OpenMetricsParser.parse(bytes) }
    }

    // MARK: The log

    @Test func aFailureIsLoggedWhenItBeginsAndWhenItEnds() throws {
        let log = RecordedLog()
        let state = Mutex<CollectorError?>(nil)
        let duplicates = Mutex(false)
        let metric = metric("test_a")
        let scraper = Scraper(
            [
                .scripted(TagA.self) { out, _ throws(CollectorError) in
                    if let error = state.withLock({ $0 }) { throw error }
                    out.emit(metric, 1, ["x"])
                    if duplicates.withLock({ $0 }) { out.emit(metric, 1, ["x"]) }
                }
            ],
            log: log
        )
        func scrape(_ error: CollectorError?, hasDuplicates: Bool = false) throws -> [String] {
            state.withLock { $0 = error }
            duplicates.withLock { $0 = hasDuplicates }
            let known = log.lines.count
            for _ in 0..<3 { _ = try scraper.text() }
            return Array(log.lines.dropFirst(known))
        }
        #expect(try scrape(nil) == [])
        #expect(try scrape(.failed("one")) == ["error: collector failed a"])
        #expect(try scrape(.failed("another")) == [])
        #expect(try scrape(nil) == ["info: collector works again a"])
        #expect(try scrape(.absent("one")) == ["debug: nothing to collect a"])
        #expect(try scrape(.failed("one")) == ["error: collector failed a"])
        #expect(try scrape(.absent("one")) == ["info: nothing to collect a"])
        #expect(try scrape(nil) == [])
        #expect(try scrape(nil, hasDuplicates: true) == ["warning: collector's samples left out a"])
        #expect(try scrape(.failed("one")) == ["error: collector failed a"])
        #expect(try scrape(nil) == ["info: collector works again a"])
    }
}
