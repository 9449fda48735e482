import Exposition
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// The parts of a running exporter, put together from its flags.
struct ExporterService: Sendable {
    let server: HTTPServer

    init(
        identity: ExporterIdentity,
        collectors: [EnabledCollector],
        plots: [Plot],
        flags: ExporterFlags,
        _ values: FlagValues,
        logger: Logger
    ) {
        let counters = ExporterCounters()
        let scraper = Scraper(
            collectors: collectors,
            selfMetrics: SelfMetrics(
                identity,
                counters: counters,
                hasExporterMetrics: !values[flags.disableExporterMetrics]
            ),
            limits: flags.writerLimits(values),
            logger: logger
        )
        let service = ScrapeService(scraper: scraper, settings: flags.scrapeSettings(values), counters: counters)
        let path = values[flags.telemetryPath]
        let page = StatusPage(identity: identity, telemetryPath: path, scraper: scraper, plots: plots)
        let routes = [
            Route(path, "Metrics, for Prometheus.", future: { service.respond(to: $0) }),
            Route("/-/healthy", "200 while the process serves.") { _ in .text(.ok, "\(identity.program) is healthy.") },
            Route("/-/ready", "200 when it is ready to be scraped.") { _ in
                .text(.ok, "\(identity.program) is ready.")
            },
            Route("/version", "Program and version, as JSON.") { _ in Self.version(identity) },
        ]
        server = HTTPServer(
            router: Router(routes + page.routes),
            settings: flags.httpSettings(values),
            counters: counters
        )
    }

    private static func version(_ identity: ExporterIdentity) -> HTTPResponse {
        var line = LogLine()
        line.appendJSON("program", identity.program)
        line.appendJSON("version", ExporterIdentity.version)
        return HTTPResponse(.ok, contentType: "application/json", ByteBuffer(bytes: line.finished(.json)))
    }
}
