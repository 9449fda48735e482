import Exposition
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Answers requests on the telemetry path: whom to serve, from which run, until when.
///
/// Requests for the same at the same time share one run of the collectors. A request holds its place among
/// `requestsMax` until it is answered or its client has left, never longer.
final class ScrapeService: Sendable {
    struct Settings: Sendable {
        /// How many requests may wait at once; 0 is no limit.
        var requestsMax = 40
        /// How much before the scraper gives up the answer leaves.
        var timeoutOffset = Duration.milliseconds(500)
        /// The time that a scraper gets that does not say how long it waits.
        var defaultTimeout = Duration.seconds(10)
    }

    /// One run of the collectors and who waits for it.
    private final class Run: Sendable {
        struct Waiter {
            let promise: EventLoopPromise<HTTPResponse>
            let wantsGzip: Bool
        }

        let deadline: ContinuousClock.Instant
        let cancellation = Cancellation()
        let waiters = Mutex<[Int: Waiter]>([:])

        init(deadline: ContinuousClock.Instant) { self.deadline = deadline }
    }

    private struct State {
        var runs: [ScrapeRequest: Run] = [:]
        var nextTicket = 0
    }

    private let scraper: Scraper
    private let settings: Settings
    private let counters: ExporterCounters
    private let memory = ProcessMemory()
    private let state = Mutex(State())

    init(scraper: Scraper, settings: Settings, counters: ExporterCounters) {
        self.scraper = scraper
        self.settings = settings
        self.counters = counters
    }

    func respond(to request: HTTPRequest) -> EventLoopFuture<HTTPResponse> {
        let promise = request.eventLoop.makePromise(of: HTTPResponse.self)
        promise.futureResult.whenSuccess { [counters] in counters.countAnswer(status: Int($0.status.code)) }
        let form = ExpositionForm(accept: request.headers["accept"])
        let wanted: ScrapeRequest
        do throws(UsageError) {
            wanted = ScrapeRequest(form: form, selection: try selection(of: request))
        } catch {
            promise.succeed(.text(.badRequest, error.message))
            return promise.futureResult
        }
        guard takePlace() else {
            counters.count(.requestLimit)
            let text = "Limit of concurrent requests reached (\(settings.requestsMax)), try again later."
            promise.succeed(.text(.serviceUnavailable, text, ["Retry-After": "1"]))
            return promise.futureResult
        }
        let waiter = Run.Waiter(
            promise: promise,
            wantsGzip: ExpositionForm.acceptsGzip(request.headers["accept-encoding"])
        )
        join(wanted, waiter, request)
        return promise.futureResult
    }

    // MARK: Places

    private func takePlace() -> Bool {
        let taken = counters.requestsInFlight.add(1, ordering: .relaxed).newValue
        guard settings.requestsMax > 0, taken > settings.requestsMax else { return true }
        givePlaceBack()
        return false
    }

    private func givePlaceBack() { counters.requestsInFlight.subtract(1, ordering: .relaxed) }

    // MARK: Runs

    /// Waits for a run of the same that ends in time, or starts one.
    private func join(_ wanted: ScrapeRequest, _ waiter: Run.Waiter, _ request: HTTPRequest) {
        let deadline = ContinuousClock.now + timeout(of: request)
        let (run, ticket, isNew) = state.withLock { state in
            let ticket = state.nextTicket
            state.nextTicket += 1
            if let run = state.runs[wanted], run.deadline <= deadline {
                run.waiters.withLock { $0[ticket] = waiter }
                return (run, ticket, false)
            }
            let run = Run(deadline: deadline)
            run.waiters.withLock { $0[ticket] = waiter }
            state.runs[wanted] = run
            return (run, ticket, true)
        }
        request.cancellation.onCancel { [self] in leave(run, ticket, of: wanted) }
        guard isNew else {
            counters.joinedScrapes.add(1, ordering: .relaxed)
            return
        }
        let time = perform(wanted, run, timer: request.eventLoop)
        // Not where the client has left, as the run goes on then.
        waiter.promise.futureResult.whenSuccess { _ in time.stop() }
    }

    /// The client has left: its place is free at once, and the run is called off when it was the last. Nobody joins a
    /// run that is called off: it ends early, with what there is.
    private func leave(_ run: Run, _ ticket: Int, of wanted: ScrapeRequest) {
        let (waiter, isLast) = state.withLock { state in
            let (waiter, isLast) = run.waiters.withLock { waiters in
                let waiter = waiters.removeValue(forKey: ticket)
                return (waiter, waiters.isEmpty)
            }
            if isLast, state.runs[wanted] === run { state.runs[wanted] = nil }
            return (waiter, isLast)
        }
        guard let waiter else { return }
        givePlaceBack()
        waiter.promise.fail(ChannelError.ioOnClosedChannel)
        if isLast { run.cancellation.cancel() }
    }

    private func perform(_ wanted: ScrapeRequest, _ run: Run, timer: any EventLoop) -> RunTime {
        let names: Set<String> = if case .only(let names) = wanted.selection { names } else { [] }
        let context = ScrapeContext(
            deadline: run.deadline,
            requestedCollectors: names,
            cancellation: run.cancellation
        )
        return scraper.scrape(wanted, context: context, timer: timer) { [self] exposition in
            // All who wait get the same two answers.
            var plain: HTTPResponse?
            var compressed: HTTPResponse?
            let type = wanted.form.contentType
            let headers: HTTPHeaders = ["Vary": "Accept, Accept-Encoding"]
            end(wanted, run) { waiter in
                if waiter.wantsGzip, compressed == nil, let body = gzip(exposition.pieces) {
                    var headers = headers
                    headers.add(name: "Content-Encoding", value: "gzip")
                    compressed = HTTPResponse(.ok, contentType: type, [body[...]], headers)
                }
                if waiter.wantsGzip, let compressed { return compressed }
                let answer = plain ?? HTTPResponse(.ok, contentType: type, exposition.pieces, headers)
                plain = answer
                return answer
            }
            memory.noteScrape(bytes: exposition.count)
        }
    }

    private func end(_ wanted: ScrapeRequest, _ run: Run, answer: (Run.Waiter) -> HTTPResponse) {
        state.withLock { state in
            if state.runs[wanted] === run { state.runs[wanted] = nil }
        }
        let waiters = run.waiters.withLock { waiters in
            defer { waiters = [:] }
            return waiters.values.map { $0 }
        }
        for waiter in waiters {
            givePlaceBack()
            waiter.promise.succeed(answer(waiter))
        }
    }

    // MARK: What the request asks for

    private func timeout(of request: HTTPRequest) -> Duration {
        let header = request.headers.first(name: "x-prometheus-scrape-timeout-seconds")
        guard let seconds = header.flatMap({ Bytes($0).trimmed.double }), seconds > 0, seconds <= 3600 else {
            return settings.defaultTimeout
        }
        // A scraper that waits hardly longer than the offset gets half of its time rather than nothing.
        let timeout = Duration.milliseconds(Int64(seconds * 1000))
        return max(timeout - settings.timeoutOffset, timeout / 2)
    }

    private func selection(of request: HTTPRequest) throws(UsageError) -> CollectorSelection {
        let collect = Set(request.parameters("collect[]"))
        let exclude = Set(request.parameters("exclude[]"))
        if !collect.isEmpty, !exclude.isEmpty {
            throw UsageError("Combined collect and exclude queries are not allowed.")
        }
        guard !collect.isEmpty else { return exclude.isEmpty ? .all : .except(exclude.intersection(enabledNames)) }
        if let unknown = collect.subtracting(enabledNames).sorted().first {
            throw UsageError("No collector \"\(unknown.prefix(64))\" is enabled: --help lists them all.")
        }
        return .only(collect)
    }

    private var enabledNames: Set<String> { Set(scraper.collectors.map(\.name)) }
}
