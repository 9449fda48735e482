import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// Serves HTTP/1.1, and HTTP/2 where it is asked for, on any number of addresses.
final class HTTPServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let gatekeeper: Gatekeeper
    private let web: WebConfigStore?
    private let settings: HTTPSettings
    private let counters: ExporterCounters
    private let listeners = Mutex<[any Channel]>([])
    private let connections = Mutex<[ObjectIdentifier: any Channel]>([:])

    init(
        router: Router,
        web: WebConfigStore? = nil,
        settings: HTTPSettings,
        counters: ExporterCounters,
        threads: Int = 1
    ) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        gatekeeper = Gatekeeper(
            router: router,
            web: web,
            counters: counters,
            passwords: PasswordChecks(limits: settings.logins)
        )
        self.web = web
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
                guard register(channel) else { return channel.eventLoop.makeSucceededVoidFuture() }
                guard let web else { return channel.eventLoop.makeCompletedFuture { try open(channel, tls: nil) } }
                return web.withSettings(on: channel.eventLoop) { [self] settings in
                    channel.eventLoop.makeCompletedFuture { try open(channel, tls: settings.tls) }
                }
            }
    }

    /// Counts the connection; false where there are too many, and it is closed.
    private func register(_ channel: any Channel) -> Bool {
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
        guard count > settings.connectionsMax else { return true }
        counters.count(.connectionLimit)
        channel.close(promise: nil)
        return false
    }

    private func open(_ channel: any Channel, tls: TLSSettings?) throws {
        let deadlines = ConnectionDeadlines(settings: settings, counters: counters)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(deadlines)
        guard let tls else {
            try speakHTTP1(channel, deadlines)
            return
        }
        if tls.preferences.isEmpty {
            try pipeline.addHandler(tls.handler())
        } else {
            try pipeline.addHandler(CipherPreference(settings: tls))
        }
        try pipeline.addHandler(TLSGate(settings: tls, counters: counters))
        guard tls.hasHTTP2 else {
            try speakHTTP1(channel, deadlines)
            return
        }
        let bound = NIOLoopBound(deadlines, eventLoop: channel.eventLoop)
        try pipeline.addHandler(
            ApplicationProtocolNegotiationHandler { [self] result in
                channel.eventLoop.makeCompletedFuture {
                    guard result == .negotiated("h2") else { return try speakHTTP1(channel, bound.value) }
                    try speakHTTP2(channel, bound.value)
                }
            }
        )
    }

    private func speakHTTP1(_ channel: any Channel, _ deadlines: ConnectionDeadlines) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = settings.headerBytesMax
        limits.maxHeaderListSize = settings.headerBytesMax
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandlers(
            ByteToMessageHandler(decoder),
            handler(deadlines, .http1)
        )
    }

    private func speakHTTP2(_ channel: any Channel, _ deadlines: ConnectionDeadlines) throws {
        // From here on each stream has its own deadlines, and the library sees to the connection's.
        deadlines.handle(.requestEnded, channel)
        try HTTP2Connection.configure(channel, settings: settings, counters: counters) { [self] stream in
            let deadlines = ConnectionDeadlines(settings: settings, counters: counters)
            try stream.pipeline.syncOperations.addHandlers(deadlines, handler(deadlines, .http2))
        }
    }

    private func handler(_ deadlines: ConnectionDeadlines, _ writer: AnswerWriter) -> RequestHandler {
        RequestHandler(
            gatekeeper: gatekeeper,
            settings: settings,
            counters: counters,
            deadlines: deadlines,
            writer: writer
        )
    }
}
