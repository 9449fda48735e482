import NIOCore
import NIOHTTP1
import NIOHTTP2

/// Sets up a connection on which HTTP/2 is spoken: each stream is answered like a connection of HTTP/1.1.
///
/// Streams, resets, control frames and headers are limited by the library (CVE-2023-44487 and the like); what it calls
/// an error ends the connection.
enum HTTP2Connection {
    static func configure(
        _ channel: any Channel,
        settings: HTTPSettings,
        counters: ExporterCounters,
        stream: @escaping @Sendable (any Channel) throws -> Void
    ) throws {
        let life = HTTP2ConnectionLife(settings: settings, counters: counters)
        let bound = NIOLoopBound((life: life, channel: channel), eventLoop: channel.eventLoop)
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: settings.streamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: settings.headerBytesMax),
        ]
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server,
            connectionConfiguration: connection,
            streamConfiguration: .init()
        ) { streamChannel in
            streamChannel.eventLoop.makeCompletedFuture {
                bound.value.life.streamOpened()
                streamChannel.closeFuture.whenComplete { _ in bound.value.life.streamClosed(bound.value.channel) }
                try streamChannel.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
                try stream(streamChannel)
            }
        }
        try channel.pipeline.syncOperations.addHandler(life)
    }
}

/// Ends a connection of HTTP/2 that has no streams for too long, that is drained, or that breaks the rules.
private final class HTTP2ConnectionLife: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let settings: HTTPSettings
    private let counters: ExporterCounters
    private var streamCount = 0
    private var isDraining = false
    private var timer: Scheduled<Void>?

    init(settings: HTTPSettings, counters: ExporterCounters) {
        self.settings = settings
        self.counters = counters
    }

    /// The first stream has to come as soon as the first request of HTTP/1.1.
    func handlerAdded(context: ChannelHandlerContext) { startTimer(settings.headerTimeout, context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func streamOpened() {
        streamCount += 1
        timer?.cancel()
    }

    func streamClosed(_ channel: any Channel) {
        streamCount -= 1
        guard streamCount == 0, channel.isActive else { return }
        // What is drained ends in the next turn of the loop, when the stream's last frame has been written.
        startTimer(isDraining ? .zero : settings.idleTimeout, channel)
    }

    private func startTimer(_ time: Duration, _ channel: any Channel) {
        timer?.cancel()
        timer = channel.eventLoop.scheduleTask(in: TimeAmount(time)) {
            channel.writeAndFlush(Self.goodbye, promise: nil)
            channel.close(promise: nil)
        }
    }

    /// GOAWAY: no further stream is taken.
    private static let goodbye = HTTP2Frame(
        streamID: .rootStream,
        payload: .goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil)
    )

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is RequestHandler.Drain else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        isDraining = true
        context.writeAndFlush(wrapOutboundOut(Self.goodbye), promise: nil)
        if streamCount == 0 { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // That of a stream has ended the stream.
        if error is NIOHTTP2Errors.StreamError { return }
        counters.count(.malformed)
        context.close(promise: nil)
    }
}
