import NIOCore
import NIOSSL

/// Stands before TLS until the client has said which ciphers it has, and begins with the server's first of them.
///
/// BoringSSL chooses by the client's order, and NIOSSL has no way to tell it otherwise; a context of one cipher leaves
/// nothing to choose.
final class CipherPreference: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let settings: TLSSettings
    private var received = ByteBuffer()

    init(settings: TLSSettings) { self.settings = settings }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var data = unwrapInboundIn(data)
        received.writeBuffer(&data)
        guard let offered = ClientHello.ciphers(received) else { return }
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(settings.handler(offered: offered), position: .after(self))
        } catch {
            context.fireErrorCaught(error)
            return
        }
        context.fireChannelRead(wrapInboundOut(received))
        context.fireChannelReadComplete()
        pipeline.removeHandler(context: context, promise: nil)
    }
}
