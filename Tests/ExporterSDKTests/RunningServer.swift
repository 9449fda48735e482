import ExporterTesting
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import ExporterSDK

/// A server of this process on a port of its own, which ends with the test.
final class RunningServer: Sendable {
    let server: HTTPServer
    let counters: ExporterCounters
    let port: UInt16
    private let isShutDown = Atomic(false)

    var client: HTTPClient { HTTPClient(port: port) }

    init(
        _ routes: [Route],
        web: WebConfigStore? = nil,
        settings: HTTPSettings = HTTPSettings(),
        counters: ExporterCounters = ExporterCounters()
    ) throws {
        self.counters = counters
        server = HTTPServer(router: Router(routes), web: web, settings: settings, counters: counters)
        let address = try server.listen(on: .host("127.0.0.1", port: 0))
        port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
    }

    convenience init(_ routes: [WebRoute], requestsMax: Int = 40) throws {
        let counters = ExporterCounters()
        let threads = WorkerThreads(name: "test")
        let services = routes.map { route in
            Route(
                route,
                service: WebRouteService(route, requestsMax: requestsMax, threads: threads, counters: counters)
            )
        }
        try self.init(services, counters: counters)
    }

    deinit { shutDown() }

    /// Ends it, once.
    func shutDown() {
        if !isShutDown.exchange(true, ordering: .relaxed) { server.shutDown() }
    }
}
