import Exposition
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// The parts of a running exporter, put together from its flags.
struct ExporterService: Sendable {
    let server: HTTPServer
    private let reloader: Reloader
    private let threads = WorkerThreads(name: "web")
    private let logger: Logger

    init(
        identity: ExporterIdentity,
        collectors: [EnabledCollector],
        plots: [Plot],
        parts: ExporterParts,
        flags: ExporterFlags,
        _ values: FlagValues,
        logger: Logger
    ) throws(UsageError) {
        self.logger = logger
        reloader = Reloader(logger: logger)
        for part in parts.reloadables { reloader.add(part) }
        let web = try WebConfigStore(values[flags.webConfigFile], reloader: reloader, logger: logger)
        let counters = ExporterCounters(reloader: reloader)
        let scraper = Scraper(
            collectors: collectors,
            selfMetrics: SelfMetrics(
                identity,
                counters: counters,
                registry: parts.registry,
                hasExporterMetrics: !values[flags.disableExporterMetrics]
            ),
            limits: flags.writerLimits(values),
            writesCreatedSeries: values[flags.createdSeries],
            constantLabels: parts.constantLabels,
            logger: logger
        )
        let service = ScrapeService(scraper: scraper, settings: flags.scrapeSettings(values), counters: counters)
        let path = values[flags.telemetryPath]
        let page = StatusPage(
            identity: identity,
            telemetryPath: path,
            scraper: scraper,
            plots: plots,
            snippets: parts.snippets
        )
        let routes = [
            Route(path, "Metrics, for Prometheus.", future: { service.respond(to: $0) }),
            Route("/-/healthy", "200 while the process serves.", access: .health) { _ in
                .text(.ok, "\(identity.program) is healthy.")
            },
            Route("/-/ready", "200 when it is ready to be scraped.", access: .health) { _ in
                .text(.ok, "\(identity.program) is ready.")
            },
            Route("/version", "Program and version, as JSON.") { _ in Self.version(identity) },
        ]
        let webRoutes = [.reload(reloader, isEnabled: values[flags.enableLifecycle])] + parts.routes
        let ownRoutes = webRoutes.map { [threads] route in
            let requestsMax = route.requestsMax ?? values[flags.maxRequests]
            return Route(
                route,
                service: WebRouteService(route, requestsMax: requestsMax, threads: threads, counters: counters)
            )
        }
        server = HTTPServer(
            router: Router(routes + page.routes + ownRoutes),
            web: web,
            settings: flags.httpSettings(values),
            counters: counters
        )
    }

    /// Reads the configuration anew, as SIGHUP asks for.
    func reload() async {
        guard reloader.status != nil else {
            logger.info("SIGHUP: nothing is read from a file that could have changed")
            return
        }
        await withCheckedContinuation { continuation in
            let isStarted = threads.run { [reloader] in
                _ = reloader.reload()
                continuation.resume()
            }
            if !isStarted {
                logger.error("SIGHUP: not reloaded, the system has no thread left")
                continuation.resume()
            }
        }
    }

    private static func version(_ identity: ExporterIdentity) -> HTTPResponse {
        var line = LogLine()
        line.appendJSON("program", identity.program)
        line.appendJSON("version", ExporterIdentity.version)
        return HTTPResponse(.ok, contentType: "application/json", ByteBuffer(bytes: line.finished(.json)))
    }
}
