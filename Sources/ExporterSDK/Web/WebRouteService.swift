import NIOCore
import NIOHTTP1
import Synchronization

/// Answers the requests of one ``WebRoute``, within its limits.
final class WebRouteService: Sendable {
    private let route: WebRoute
    private let requestsMax: Int
    private let counters: ExporterCounters
    private let threads: WorkerThreads
    private let underWay = Atomic(0)

    /// `requestsMax` is how many may be under way; 0 is no limit.
    init(_ route: WebRoute, requestsMax: Int, threads: WorkerThreads, counters: ExporterCounters) {
        self.route = route
        self.requestsMax = requestsMax
        self.threads = threads
        self.counters = counters
    }

    func respond(to request: HTTPRequest) -> EventLoopFuture<HTTPResponse> {
        let loop = request.eventLoop
        if case .atOnce(let answer) = route.answer {
            return loop.makeSucceededFuture(Self.respond(to: request, at: answer))
        }
        guard let webRequest = WebRequest(request) else { return loop.makeSucceededFuture(Self.unknownMethod) }
        guard takePlace() else { return loop.makeSucceededFuture(refusal) }
        let pending = PendingAnswer(loop.makePromise(of: HTTPResponse.self))
        let timer = loop.scheduleTask(in: TimeAmount(route.timeout)) { [self] in
            guard pending.answer(.text(.gatewayTimeout, "No answer after \(route.timeout).")) else { return }
            // A thread that is stuck keeps its place, as it is still there.
            if case .later = route.answer { givePlaceBack(of: pending) }
        }
        let finish: @Sendable (WebResponse) -> Void = { [self] response in
            givePlaceBack(of: pending)
            if pending.answer(response.message) { timer.cancel() }
        }
        switch route.answer {
        case .atOnce: break
        case .later(let answer): answer(webRequest, finish)
        case .onThread(let answer):
            if !threads.run({ finish(answer(webRequest)) }) {
                finish(.text(503, "The system has no thread left."))
            }
        }
        return pending.future
    }

    /// The answer of a route that makes it at once.
    static func respond(to request: HTTPRequest, at answer: (WebRequest) -> WebResponse) -> HTTPResponse {
        WebRequest(request).map { answer($0).message } ?? unknownMethod
    }

    private static var unknownMethod: HTTPResponse { .text(.methodNotAllowed, "No such method here.") }

    private var refusal: HTTPResponse {
        counters.count(.requestLimit)
        let text = "Limit of concurrent requests reached (\(requestsMax)), try again later."
        return .text(.serviceUnavailable, text, ["Retry-After": "1"])
    }

    private func takePlace() -> Bool {
        let taken = underWay.add(1, ordering: .relaxed).newValue
        guard requestsMax > 0, taken > requestsMax else { return true }
        underWay.subtract(1, ordering: .relaxed)
        return false
    }

    private func givePlaceBack(of pending: PendingAnswer) {
        if pending.givePlaceBack() { underWay.subtract(1, ordering: .relaxed) }
    }
}

/// An answer that is given once, whoever comes first, and a place that is given back once.
private final class PendingAnswer: Sendable {
    private let promise: EventLoopPromise<HTTPResponse>
    private let isAnswered = Atomic(false)
    private let hasPlace = Atomic(true)

    init(_ promise: EventLoopPromise<HTTPResponse>) { self.promise = promise }

    var future: EventLoopFuture<HTTPResponse> { promise.futureResult }

    /// False where there is an answer already.
    func answer(_ response: HTTPResponse) -> Bool {
        guard !isAnswered.exchange(true, ordering: .relaxed) else { return false }
        promise.succeed(response)
        return true
    }

    func givePlaceBack() -> Bool { hasPlace.exchange(false, ordering: .relaxed) }
}
