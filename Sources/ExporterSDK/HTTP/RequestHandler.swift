import NIOCore
import NIOHTTP1

/// Gathers a request, has it answered and writes the answer: the last handler of each connection.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Sent through the pipeline when the process is told to end: no further request is taken.
    struct Drain {}

    private let gatekeeper: Gatekeeper
    private let settings: HTTPSettings
    private let counters: ExporterCounters
    private let deadlines: ConnectionDeadlines

    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var cancellation: Cancellation?
    private var writesUnderWay = 0
    private var unsent: UnsentBody?
    private var isSending = false
    private var future = Future.open

    /// What is still to come on this connection.
    private enum Future {
        /// Any number of requests.
        case open
        /// Answers to what was asked so far.
        case draining
        /// Nothing: the last answer is written, or is being written.
        case over
    }

    init(gatekeeper: Gatekeeper, settings: HTTPSettings, counters: ExporterCounters, deadlines: ConnectionDeadlines) {
        self.gatekeeper = gatekeeper
        self.settings = settings
        self.counters = counters
        self.deadlines = deadlines
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard future != .over else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
            deadlines.handle(.headEnded, context.channel)
        case .body(let part):
            guard body.readableBytes + part.readableBytes <= settings.bodyBytesMax else {
                refuseBody(context)
                return
            }
            body.writeImmutableBuffer(part)
        case .end:
            guard let head else { return }
            deadlines.handle(.requestEnded, context.channel)
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let target = RequestTarget(head.uri)
        let cancellation = Cancellation()
        self.cancellation = cancellation
        let request = HTTPRequest(
            method: head.method,
            path: target.path,
            query: target.query,
            headers: head.headers,
            body: body,
            cancellation: cancellation,
            eventLoop: context.eventLoop,
            // Of the channel, which for a stream of HTTP/2 is that of its connection.
            remoteAddress: context.channel.remoteAddress
        )
        if let response = gatekeeper.respondAtOnce(to: request) {
            write(response, to: head, context)
            return
        }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        gatekeeper.respond(to: request).hop(to: context.eventLoop).whenSuccess { response in
            let (handler, context) = bound.value
            guard context.channel.isActive else { return }
            handler.write(response, to: head, context)
        }
    }

    private func write(_ response: HTTPResponse, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        cancellation = nil
        if !request.isKeepAlive || future == .draining { future = .over }
        var headers = response.headers
        headers.replaceOrAdd(name: "Content-Length", value: String(response.bodyBytes))
        if request.version.major > 1 {
            // HTTP/2 has no such header: a stream ends by itself.
            headers.remove(name: "Connection")
        } else if future == .over {
            headers.replaceOrAdd(name: "Connection", value: "close")
        } else if request.version == .http1_0 {
            headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        deadlines.handle(.answerBegan, context.channel)
        let responseHead = HTTPResponseHead(version: .http1_1, status: response.status, headers: headers)
        context.write(wrapOutboundOut(.head(responseHead)), promise: nil)
        writesUnderWay += 1
        if request.method != .HEAD {
            if response.body.readableBytes > 0 {
                context.write(wrapOutboundOut(.body(.byteBuffer(response.body))), promise: nil)
            }
            if !response.rest.isEmpty {
                unsent = UnsentBody(response.rest)
                sendRest(context)
                return
            }
        }
        endAnswer(context)
    }

    /// Sends as much of a large answer as the client takes, and its end.
    private func sendRest(_ context: ChannelHandlerContext) {
        // Sending may tell at once that there is room again.
        guard unsent != nil, !isSending else { return }
        isSending = true
        defer { isSending = false }
        while context.channel.isWritable {
            guard let chunk = unsent?.next(context.channel.allocator) else {
                unsent = nil
                endAnswer(context)
                return
            }
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(chunk))), promise: nil)
        }
    }

    private func endAnswer(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.whenComplete { _ in
            let (handler, context) = bound.value
            handler.writesUnderWay -= 1
            handler.deadlines.handle(.answerEnded, context.channel)
            handler.closeIfNothingIsOwed(context)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    /// Answers before the body has ended; the rest of it is not read.
    private func refuseBody(_ context: ChannelHandlerContext) {
        guard let head else { return }
        future = .draining
        counters.count(.bodyTooLarge)
        write(.text(.payloadTooLarge, "The body may have \(settings.bodyBytesMax) bytes."), to: head, context)
    }

    // MARK: The connection's end

    /// Closing throws away what is not written yet, so that has to be waited for.
    private func closeIfNothingIsOwed(_ context: ChannelHandlerContext) {
        guard future != .open, cancellation == nil, writesUnderWay == 0 else { return }
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        sendRest(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        unsent = nil
        cancellation?.cancel()
        cancellation = nil
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        // The process is told to end, or the client has said all that it wanted.
        case is Drain, ChannelEvent.inputClosed:
            // A stream of HTTP/2 ends its side with each request.
            if case ChannelEvent.inputClosed = event, head?.version.major == 1 { cancellation?.inputEnded() }
            if future == .open { future = .draining }
            closeIfNothingIsOwed(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { counters.count(.malformed) }
        context.close(promise: nil)
    }
}
