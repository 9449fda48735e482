import Dispatch
import Exposition
import Logging
import NIOCore
import NIOPosix
import Synchronization

@testable import ExporterSDK

/// The name of a scripted collector: names are static, so each is a type.
protocol CollectorTag: Sendable {
    static var name: StaticString { get }
}

enum TagA: CollectorTag { static let name: StaticString = "a" }
enum TagB: CollectorTag { static let name: StaticString = "b" }
enum TagC: CollectorTag { static let name: StaticString = "c" }

/// A collector that does what a test wants.
struct Scripted<Tag: CollectorTag>: Collector {
    typealias Script = @Sendable (inout MetricWriter, ScrapeContext) throws(CollectorError) -> Void

    static var name: StaticString { Tag.name }
    static var help: StaticString { "Does what a test wants." }

    let script: Script

    init(_ script: @escaping Script) { self.script = script }

    init(_ environment: Void, _ flags: FlagValues) { script = { _, _ in } }

    func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        try script(&out, context)
    }
}

/// What the collectors write: `test_NAME` with a label.
func metric(_ name: StaticString) -> Metric<1> { Metric(.gauge, name, "Help.", labels: ["n"]) }

extension EnabledCollector {
    /// A collector of this name that does this.
    static func scripted<Tag: CollectorTag>(_ tag: Tag.Type, _ script: @escaping Scripted<Tag>.Script)
        -> EnabledCollector
    {
        EnabledCollector(Scripted<Tag>(script))
    }

    /// A collector that writes one sample.
    static func good<Tag: CollectorTag>(_ tag: Tag.Type, _ name: StaticString) -> EnabledCollector {
        let metric = metric(name)
        return scripted(tag) { out, _ in out.emit(metric, 1, ["x"]) }
    }
}

extension Scraper {
    convenience init(
        _ collectors: [EnabledCollector],
        counters: ExporterCounters = ExporterCounters(),
        limits: MetricWriter.Limits = .init(),
        hasExporterMetrics: Bool = false,
        log: RecordedLog = RecordedLog()
    ) {
        let identity = ExporterIdentity(program: "test-exporter", namespace: "test", summary: "Tests.")
        self.init(
            collectors: collectors,
            selfMetrics: SelfMetrics(identity, counters: counters, hasExporterMetrics: hasExporterMetrics),
            limits: limits,
            logger: log.logger
        )
    }

    /// One scrape's text, with the time for it.
    func text(_ selection: CollectorSelection = .all, seconds: Double = 20) throws -> ParsedExposition {
        let context = ScrapeContext(deadline: .now + .seconds(seconds))
        return try TextParser.parse(
            scrape(ScrapeRequest(form: ExpositionForm(.text), selection: selection), context: context)
        )
    }

    /// One scrape's bytes, waited for.
    func scrape(_ request: ScrapeRequest, context: ScrapeContext) throws -> [UInt8] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: [UInt8].self)
        let time = scrape(request, context: context, timer: loop) { promise.succeed(Array($0.pieces.joined())) }
        defer { time.stop() }
        return try promise.futureResult.wait()
    }
}

extension ParsedExposition {
    /// The value of the first sample of this name whose label has this value.
    func value(_ name: String, _ label: String? = nil) -> Double? {
        families.lazy.flatMap(\.samples)
            .first { $0.name == name && (label == nil || $0.labels.contains { $0.value == label }) }?.value
    }
}

/// Keeps what is logged.
final class RecordedLog: Sendable {
    private let recorded = Mutex<[String]>([])

    /// Level, message and the collector it is about.
    var lines: [String] { recorded.withLock { $0 } }

    var logger: Logger {
        let handler = Handler(log: self)
        return Logger(label: "test") { _ in handler }
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let collector = event.metadata?["collector"].map { " \($0)" } ?? ""
            log.recorded.withLock { $0.append("\(event.level): \(event.message)\(collector)") }
        }
    }
}

/// Closed until it is opened; then all who wait go on, and who comes later too.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }

    func open() { semaphore.signal() }
}

/// Counts from several threads.
final class Count: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    /// One more.
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
