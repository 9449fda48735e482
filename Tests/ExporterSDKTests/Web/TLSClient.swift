import ExporterTesting
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A client that speaks TLS and beyond that only the bytes that a test says; waits for what comes, or for the end.
final class TLSClient: Sendable {
    private final class Received: Sendable {
        let bytes = Mutex<[UInt8]>([])
        let isClosed = Atomic(false)
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        let received: Received

        init(_ received: Received) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            received.bytes.withLock { $0 += buffer.readableBytesView }
        }

        func channelInactive(context: ChannelHandlerContext) { received.isClosed.store(true, ordering: .relaxed) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private let channel: any Channel
    private let received = Received()

    init(port: UInt16, protocols: [String] = []) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file("\(Certificates.shared.path)/ca.pem")
        configuration.applicationProtocols = protocols
        let context = try NIOSSLContext(configuration: configuration)
        let received = received
        channel = try ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
                    try channel.pipeline.syncOperations.addHandlers(tls, Collector(received))
                }
            }
            .connect(host: "127.0.0.1", port: Int(port)).wait()
    }

    deinit { channel.close(promise: nil) }

    var bytes: [UInt8] { received.bytes.withLock { $0 } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var isClosed: Bool { received.isClosed.load(ordering: .relaxed) }

    /// Sends bytes; false where the server does not take them any more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        (try? channel.writeAndFlush(ByteBuffer(bytes: bytes)).wait()) != nil
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    func close() { try? channel.close().wait() }

    /// Waits until what came holds a text.
    func waits(for text: String) -> Bool { eventually { self.text.contains(text) } }

    func waitsForEnd() -> Bool { eventually { isClosed } }
}
