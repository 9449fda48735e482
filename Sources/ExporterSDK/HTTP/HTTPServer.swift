import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Serves HTTP/1.1 on any number of addresses.
final class HTTPServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let router: Router
    private let settings: HTTPSettings
    private let counters: ExporterCounters
    private let listeners = Mutex<[any Channel]>([])
    private let connections = Mutex<[ObjectIdentifier: any Channel]>([:])

    init(router: Router, settings: HTTPSettings, counters: ExporterCounters, threads: Int = 1) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        self.router = router
        self.settings = settings
        self.counters = counters
    }

    /// Begins to listen; returns the address that the system gave. Throws a line that says what to do.
    func listen(on address: ListenAddress) throws(UsageError) -> String {
        do {
            let channel = try address.bind(bootstrap)
            listeners.withLock { $0.append(channel) }
            return channel.localAddress.map(ListenAddress.text) ?? address.text
        } catch {
            throw address.explain(error)
        }
    }

    /// Takes no further connection, lets requests under way end, at most for the grace time, and closes all.
    func shutDown() {
        for listener in listeners.withLock({ $0 }) { try? listener.close().wait() }
        let open = connections.withLock { Array($0.values) }
        for channel in open { channel.pipeline.fireUserInboundEventTriggered(RequestHandler.Drain()) }
        let closed = EventLoopFuture.andAllComplete(open.map(\.closeFuture), on: group.any())
        let timeout = group.any().scheduleTask(in: TimeAmount(settings.shutdownGrace)) {
            for channel in open { channel.close(promise: nil) }
        }
        try? closed.wait()
        timeout.cancel()
        try? group.syncShutdownGracefully()
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try open(channel) }
            }
    }

    private func open(_ channel: any Channel) throws {
        let id = ObjectIdentifier(channel)
        let count = connections.withLock { connections in
            connections[id] = channel
            return connections.count
        }
        counters.openConnections.store(count, ordering: .relaxed)
        channel.closeFuture.whenComplete { [self] _ in
            let count = connections.withLock { connections in
                connections[id] = nil
                return connections.count
            }
            counters.openConnections.store(count, ordering: .relaxed)
        }
        guard count <= settings.connectionsMax else {
            counters.count(.connectionLimit)
            channel.close(promise: nil)
            return
        }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = settings.headerBytesMax
        limits.maxHeaderListSize = settings.headerBytesMax
        let deadlines = ConnectionDeadlines(settings: settings, counters: counters)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(deadlines)
        try pipeline.configureHTTPServerPipeline(
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: limits
        )
        try pipeline.addHandler(
            RequestHandler(router: router, settings: settings, counters: counters, deadlines: deadlines)
        )
    }
}
