import NIOCore
import NIOHTTP1

/// Gathers a request, has it answered and writes the answer: the last handler of each connection.
///
/// One request after the other: what comes while one is answered, or while the client does not take what it was sent,
/// waits, and nothing more is read. So nobody can fill the memory by asking without listening.
final class RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never

    /// Sent through the pipeline when the process is told to end: no further request is taken.
    struct Drain {}

    private let gatekeeper: Gatekeeper
    private let settings: HTTPSettings
    private let counters: ExporterCounters
    private let deadlines: ConnectionDeadlines
    private let writer: AnswerWriter

    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var cancellation: Cancellation?
    private var writesUnderWay = 0
    private var unsent: UnsentBody?
    private var isSending = false
    /// As the channel said last: it would have to be asked several times a request.
    private var isWritable = true
    private var future = Future.open
    /// From the end of a request to the end of its answer.
    private var isAnswering = false
    private var waiting = CircularBuffer<Waiting>(initialCapacity: 0)
    private var isTakingWaiting = false
    private var readIsDue = false
    /// Who is at the other end, made out at the first request.
    private var peer: Peer?

    /// What came too early.
    private enum Waiting {
        case part(HTTPServerRequestPart)
        case inputClosed
        case nonsense
    }

    /// What is still to come on this connection.
    private enum Future {
        /// Any number of requests.
        case open
        /// Answers to what was asked so far.
        case draining
        /// Nothing: the last answer is written, or is being written.
        case over
    }

    init(
        gatekeeper: Gatekeeper,
        settings: HTTPSettings,
        counters: ExporterCounters,
        deadlines: ConnectionDeadlines,
        writer: AnswerWriter
    ) {
        self.gatekeeper = gatekeeper
        self.settings = settings
        self.counters = counters
        self.deadlines = deadlines
        self.writer = writer
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isBusy || !waiting.isEmpty {
            waiting.append(.part(part))
        } else {
            take(part, context)
        }
    }

    func read(context: ChannelHandlerContext) { if isBusy { readIsDue = true } else { context.read() } }

    /// Whether it is not the time for a further request. A stream of HTTP/2 has one only, and its connection sees to it
    /// that there are not too many.
    private var isBusy: Bool {
        switch writer {
        case .http1: isAnswering || !isWritable
        case .http2: false
        }
    }

    /// Goes on with what had to wait.
    private func takeWaiting(_ context: ChannelHandlerContext) {
        guard !isTakingWaiting else { return }
        isTakingWaiting = true
        while !isBusy, let next = waiting.popFirst() {
            switch next {
            case .part(let part): take(part, context)
            case .inputClosed: inputClosed(context)
            case .nonsense: refuseNonsense(context)
            }
        }
        isTakingWaiting = false
        guard !isBusy, readIsDue else { return }
        readIsDue = false
        context.read()
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        guard future != .over else { return }
        switch part {
        case .head(let head):
            self.head = head
            deadlines.handle(.headEnded, context.channel)
        case .body(let part):
            guard body.readableBytes + part.readableBytes <= settings.bodyBytesMax else {
                refuseBody(context)
                return
            }
            // Nearly always it came in one piece.
            if body.readableBytes == 0 { body = part } else { body.writeImmutableBuffer(part) }
        case .end:
            guard let head else { return }
            deadlines.handle(.requestEnded, context.channel)
            answer(head, context)
        }
    }

    // MARK: Answering

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        isAnswering = true
        let cancellation = Cancellation()
        self.cancellation = cancellation
        let request = HTTPRequest(
            method: head.method,
            target: RequestTarget(head.uri),
            headers: head.headers,
            body: body,
            cancellation: cancellation,
            eventLoop: context.eventLoop,
            peer: peer(context)
        )
        // What it was read into can be used again.
        body = ByteBuffer()
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

    private func peer(_ context: ChannelHandlerContext) -> Peer {
        // Of the channel, which for a stream of HTTP/2 is that of its connection.
        let peer = peer ?? Peer(context.channel.remoteAddress)
        self.peer = peer
        return peer
    }

    private func write(_ response: HTTPResponse, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        cancellation = nil
        if !request.isKeepAlive || future == .draining { future = .over }
        deadlines.handle(.answerBegan, context.channel)
        if let bytes = response.rendered, future != .over, request.version == .http1_1, request.method != .HEAD {
            writer.write(rendered: bytes, context)
            // Whether it was sent is asked only of a client that has left much untaken, as asking costs a promise.
            if isWritable { deadlines.handle(.answerEnded, context.channel) }
            answerEnded(context)
            return
        }
        writesUnderWay += 1
        var headers = response.headers
        if request.version.major > 1 {
            // HTTP/2 has no such header: a stream ends by itself.
            headers.remove(name: "Connection")
        } else if future == .over {
            headers.replaceOrAdd(name: "Connection", value: "close")
        } else if request.version == .http1_0 {
            headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        guard request.method == .HEAD || response.rest.isEmpty else {
            writer.write(response.status, headers, response.body, context)
            unsent = UnsentBody(response.rest)
            sendRest(context)
            return
        }
        let body = request.method == .HEAD ? ByteBuffer() : response.body
        writer.write(response.status, headers, body, context, whole: written(context))
        answerEnded(context)
    }

    /// Sends as much of a large answer as the client takes, and its end.
    private func sendRest(_ context: ChannelHandlerContext) {
        // Sending may tell at once that there is room again.
        guard unsent != nil, !isSending else { return }
        isSending = true
        var isOver = false
        while !isOver, context.channel.isWritable {
            if let chunk = unsent?.next(context.channel.allocator) {
                writer.send(chunk, context)
            } else {
                isOver = true
            }
        }
        isSending = false
        guard isOver else { return }
        unsent = nil
        writer.end(context, written(context))
        answerEnded(context)
    }

    /// A promise that is kept when the answer was sent.
    private func written(_ context: ChannelHandlerContext) -> EventLoopPromise<Void> {
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            writesUnderWay -= 1
            deadlines.handle(.answerEnded, context.channel)
            closeIfNothingIsOwed(context)
        }
        return written
    }

    private func answerEnded(_ context: ChannelHandlerContext) {
        isAnswering = false
        takeWaiting(context)
    }

    /// Answers before the body has ended; the rest of it is not read.
    private func refuseBody(_ context: ChannelHandlerContext) {
        guard let head else { return }
        future = .draining
        counters.count(.bodyTooLarge)
        write(.text(.payloadTooLarge, "The body may have \(settings.bodyBytesMax) bytes."), to: head, context)
    }

    /// Answers what is no request, and ends the connection.
    private func refuseNonsense(_ context: ChannelHandlerContext) {
        guard future != .over else { return }
        future = .draining
        counters.count(.malformed)
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        write(HTTPResponse(empty: .badRequest, [:]), to: head, context)
    }

    // MARK: The connection's end

    /// Closing throws away what is not written yet, so that has to be waited for.
    private func closeIfNothingIsOwed(_ context: ChannelHandlerContext) {
        guard future != .open, cancellation == nil, writesUnderWay == 0 else { return }
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        // After answers that nothing waits for.
        if isWritable, !isAnswering, writesUnderWay == 0 { deadlines.handle(.answerEnded, context.channel) }
        sendRest(context)
        takeWaiting(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        unsent = nil
        waiting.removeAll()
        cancellation?.cancel()
        cancellation = nil
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        // The process is told to end.
        case is Drain: drain(context)
        case ChannelEvent.inputClosed:
            // Behind the requests that came before it.
            if waiting.isEmpty { inputClosed(context) } else { waiting.append(.inputClosed) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// The client has said all that it wanted.
    private func inputClosed(_ context: ChannelHandlerContext) {
        // A stream of HTTP/2 ends its side with each request.
        if head?.version.major == 1 { cancellation?.inputEnded() }
        drain(context)
    }

    private func drain(_ context: ChannelHandlerContext) {
        if future == .open { future = .draining }
        if case .http1 = writer, cancellation == nil, writesUnderWay == 0 {
            // Behind answers that nothing waited for.
            deadlines.handle(.answerBegan, context.channel)
            writesUnderWay = 1
            writer.end(context, written(context))
        } else {
            closeIfNothingIsOwed(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, case .http1 = writer else {
            if error is HTTPParserError { counters.count(.malformed) }
            context.close(promise: nil)
            return
        }
        if isBusy || !waiting.isEmpty { waiting.append(.nonsense) } else { refuseNonsense(context) }
    }
}
