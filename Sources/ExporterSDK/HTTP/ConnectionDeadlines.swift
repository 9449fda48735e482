import NIOCore

/// Where a connection is in its life, and how long it may stay there.
///
/// Pure: it takes events and says what to wait for, so that it can be tested without a socket or a clock.
struct ConnectionPhase: Sendable, Equatable {
    enum Phase: Sendable, Equatable {
        /// Open, and no byte of a request yet.
        case fresh
        case head
        case body
        /// The request is whole, and the answer is not ready.
        case answering
        case writing
        /// Between two requests.
        case idle
    }

    enum Event: Sendable {
        case bytesCame, headEnded, requestEnded, answerBegan, answerEnded
    }

    private(set) var phase = Phase.fresh

    /// Whether the event changes the phase; only then does a new time limit begin.
    mutating func handle(_ event: Event) -> Bool {
        let next: Phase
        switch (event, phase) {
        // More bytes of the same do not win a slow client more time.
        case (.bytesCame, .idle): next = .head
        case (.bytesCame, _): return false
        case (.headEnded, _): next = .body
        case (.requestEnded, .writing), (.requestEnded, .idle): return false
        case (.requestEnded, _): next = .answering
        case (.answerBegan, _): next = .writing
        case (.answerEnded, _): next = .idle
        }
        guard next != phase else { return false }
        phase = next
        return true
    }

    /// How long the connection may stay in this phase; nil where others see to it.
    func limit(_ settings: HTTPSettings) -> Duration? {
        switch phase {
        case .fresh, .head: settings.headerTimeout
        case .body: settings.bodyTimeout
        case .answering: nil
        case .writing: settings.writeTimeout
        case .idle: settings.idleTimeout
        }
    }

    /// What is counted when the limit is passed; an idle connection's end is nobody's fault.
    var refusal: ExporterCounters.Refusal? {
        switch phase {
        case .fresh, .head: .headerTimeout
        case .body: .bodyTimeout
        case .writing: .writeTimeout
        case .answering, .idle: nil
        }
    }
}

/// Closes a connection that stays in a phase for too long: a client that sends a byte a second, never reads, or sleeps.
final class ConnectionDeadlines: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var phase = ConnectionPhase()
    private var deadline: NIODeadline?
    /// Set while bytes that came are passed on: most requests are answered before that ends, through all phases.
    private var isReading = false
    private var isNewPhase = false
    /// Set when a connection is opened and then moved only when a deadline comes before it, as a phase hardly ever ends
    /// by its deadline: a timer for each phase would cost more than parsing the request.
    private var timer: (task: Scheduled<Void>, time: NIODeadline)?
    private let settings: HTTPSettings
    private let counters: ExporterCounters

    init(settings: HTTPSettings, counters: ExporterCounters) {
        self.settings = settings
        self.counters = counters
    }

    func handlerAdded(context: ChannelHandlerContext) { setDeadline(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.task.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        isNewPhase = false
        handle(.bytesCame, context.channel)
        context.fireChannelRead(data)
        isReading = false
        if isNewPhase { setDeadline(context.channel) }
    }

    func handle(_ event: ConnectionPhase.Event, _ channel: @autoclosure () -> any Channel) {
        guard phase.handle(event) else { return }
        isNewPhase = true
        if !isReading { setDeadline(channel()) }
    }

    private func setDeadline(_ channel: any Channel) {
        deadline = phase.limit(settings).map { .now() + TimeAmount($0) }
        guard let deadline, timer.map({ $0.time > deadline }) ?? true else { return }
        startTimer(at: deadline, channel)
    }

    private func startTimer(at time: NIODeadline, _ channel: any Channel) {
        timer?.task.cancel()
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        let task = channel.eventLoop.scheduleTask(deadline: time) { bound.value.timerFired(channel) }
        timer = (task, time)
    }

    private func timerFired(_ channel: any Channel) {
        timer = nil
        guard let deadline else { return }
        guard deadline <= .now() else {
            startTimer(at: deadline, channel)
            return
        }
        if let refusal = phase.refusal { counters.count(refusal) }
        channel.close(promise: nil)
    }
}
