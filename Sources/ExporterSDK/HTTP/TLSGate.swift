import NIOCore
import NIOHTTP2
import NIOSSL
import NIOTLS

/// Follows the TLS handler: refuses certificates without a good name, and ends connections whose handshake failed.
final class TLSGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let settings: TLSSettings
    private let counters: ExporterCounters
    private var hasHandshake = false

    init(settings: TLSSettings, counters: ExporterCounters) {
        self.settings = settings
        self.counters = counters
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSUserEvent, case .handshakeCompleted = event {
            hasHandshake = true
            let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
            guard settings.admits(certificate) else {
                counters.count(.tls)
                context.close(promise: nil)
                return
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard hasHandshake else {
            counters.count(.tls)
            context.close(promise: nil)
            return
        }
        context.fireErrorCaught(error)
    }
}
