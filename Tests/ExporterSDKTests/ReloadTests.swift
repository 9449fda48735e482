import ExporterTesting
import Exposition
import Synchronization
import Testing

@testable import ExporterSDK

/// Reading the configuration anew: all of it or none, and what is said of it.
struct ReloadTests {
    /// A part whose next value, or whose next failure, a test sets.
    private final class Part: Reloadable {
        let reloadName: String
        let next = Mutex<Result<Int, UsageError>>(.success(0))
        let inForce = Mutex(0)

        init(_ name: String) { reloadName = name }

        func prepareReload() throws(UsageError) -> @Sendable () -> Void {
            let value = try next.withLock { $0 }.get()
            return { [self] in inForce.withLock { $0 = value } }
        }

        func set(_ result: Result<Int, UsageError>) { next.withLock { $0 = result } }
        var value: Int { inForce.withLock { $0 } }
    }

    private let log = RecordedLog()
    private let one = Part("one")
    private let two = Part("two")

    private func reloader() -> Reloader {
        let reloader = Reloader(logger: log.logger)
        reloader.add(one)
        reloader.add(two)
        return reloader
    }

    @Test func allOrNothingTakesEffect() throws {
        let reloader = reloader()
        one.set(.success(1))
        two.set(.failure(UsageError("two.yml:3:1: wrong")))
        let start = try #require(reloader.status)
        #expect(start.isSuccessful)
        #expect(reloader.reload() == ["two: two.yml:3:1: wrong"])
        #expect(one.value == 0)
        #expect(reloader.status?.isSuccessful == false)
        #expect(reloader.status?.successTime == start.successTime)
        // Said once, however often it is tried.
        _ = reloader.reload()
        #expect(log.lines == ["error: configuration not reloaded, the former one stays in force"])
        // A part that is good does not hide that another is not.
        #expect(reloader.reload(one).isEmpty)
        #expect(one.value == 1 && reloader.status?.isSuccessful == false)
        two.set(.success(2))
        #expect(reloader.reload().isEmpty)
        #expect(two.value == 2 && reloader.status?.isSuccessful == true)
        #expect(try #require(reloader.status?.successTime) > start.successTime)
        #expect(log.lines.last == "info: configuration reloaded, it is good again")
    }

    @Test func withoutPartsNothingIsSaid() {
        let empty = Reloader(logger: log.logger)
        #expect(empty.status == nil)
        let text = metrics(ExporterCounters(reloader: empty))
        #expect(!text.contains("reload"))
    }

    @Test func metricsSayHowItFares() {
        let reloader = reloader()
        #expect(
            metrics(ExporterCounters(reloader: reloader)).contains("\ntest_exporter_config_last_reload_successful 1\n")
        )
        two.set(.failure(UsageError("wrong")))
        _ = reloader.reload()
        let text = metrics(ExporterCounters(reloader: reloader))
        #expect(text.contains("\ntest_exporter_config_last_reload_successful 0\n"))
        #expect(text.contains("\ntest_exporter_config_last_reload_success_timestamp_seconds 1."))
    }

    private func metrics(_ counters: ExporterCounters) -> String {
        let scraper = Scraper([], counters: counters)
        let context = ScrapeContext(deadline: .now + .seconds(20))
        let bytes = try? scraper.scrape(ScrapeRequest(form: ExpositionForm(.text)), context: context)
        return String(decoding: bytes ?? [], as: UTF8.self)
    }

    @Test func theRouteAnswersWhatIsWrong() throws {
        let reloader = reloader()
        let open = try RunningServer([.reload(reloader, isEnabled: true)])
        two.set(.failure(UsageError("two.yml:3:1: wrong")))
        let bad = try open.client.request("POST", "/-/reload")
        #expect(bad.status == 500 && bad.text == "Nothing is changed.\ntwo: two.yml:3:1: wrong\n")
        two.set(.success(5))
        let good = try open.client.request("PUT", "/-/reload")
        #expect(good.status == 200 && two.value == 5)
        #expect(try open.client.request("GET", "/-/reload")[header: "allow"] == "POST, PUT")

        two.set(.success(6))
        let closed = try RunningServer([.reload(reloader, isEnabled: false)])
        #expect(try closed.client.request("POST", "/-/reload").status == 403)
        #expect(two.value == 5)
    }
}
