import Exposition
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import ExporterSDK

/// Whom to serve, from which run, until when.
struct ScrapeServiceTests {
    private let counters = ExporterCounters()
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    /// The default timeout is so long that no test meets it on a machine that is busy with other tests.
    private func service(
        _ collectors: [EnabledCollector],
        requestsMax: Int = 40,
        defaultTimeout: Duration = .seconds(1800)
    ) -> ScrapeService {
        ScrapeService(
            scraper: Scraper(collectors, counters: counters),
            settings: ScrapeService.Settings(requestsMax: requestsMax, defaultTimeout: defaultTimeout),
            counters: counters
        )
    }

    private func request(
        _ target: String = "/metrics",
        _ headers: HTTPHeaders = [:],
        cancellation: Cancellation = Cancellation()
    ) -> HTTPRequest {
        HTTPRequest(
            method: .GET,
            target: RequestTarget(target),
            headers: headers,
            cancellation: cancellation,
            eventLoop: loop
        )
    }

    private func inFlight() -> Int { counters.requestsInFlight.load(ordering: .relaxed) }

    /// Waits for what another thread does.
    private func eventually(_ condition: () -> Bool) async -> Bool {
        for _ in 0..<10_000 where !condition() { try? await Task.sleep(for: .milliseconds(1)) }
        return condition()
    }

    // MARK: Sharing

    @Test func equalRequestsAtOnceShareOneRun() async throws {
        let gate = Gate()
        let runs = Count()
        let metric = metric("test_a")
        let service = service([
            .scripted(TagA.self) { out, _ in
                _ = runs.next()
                gate.wait()
                out.emit(metric, 1, ["x"])
            }
        ])
        // The later ones could wait longer than the first, not less.
        let answers = (0..<10).map { number in
            service.respond(to: request("/metrics", ["X-Prometheus-Scrape-Timeout-Seconds": "\(1000 + number)"]))
        }
        #expect(inFlight() == 10)
        let joined = counters.joinedScrapes.load(ordering: .relaxed)
        #expect(joined == 9)
        gate.open()
        var bodies: Set<ByteBuffer> = []
        for answer in answers {
            let response = try await answer.get()
            #expect(response.status == .ok)
            bodies.insert(response.body)
        }
        #expect(bodies.count == 1)
        #expect(runs.value == 1)
        #expect(inFlight() == 0)
        #expect(try await service.respond(to: request()).get().status == .ok)
        #expect(runs.value == 2)
    }

    @Test func otherRequestsDoNotShare() async throws {
        let runs = Count()
        let service = service([
            .scripted(TagA.self) { _, _ in _ = runs.next() }, .good(TagB.self, "test_b"),
        ])
        let openMetrics: HTTPHeaders = ["Accept": "application/openmetrics-text"]
        let answers = [
            request(), request("/metrics", openMetrics), request("/metrics?collect[]=a"),
            request("/metrics?exclude[]=b"),
        ].map { service.respond(to: $0) }
        for answer in answers { #expect(try await answer.get().status == .ok) }
        #expect(runs.value == 4)
    }

    /// Who has less time than a run may take does not wait for it.
    @Test func anImpatientRequestRunsOnItsOwn() async throws {
        let gate = Gate()
        let runs = Count()
        let service = service([
            .scripted(TagA.self) { _, _ in if runs.next() == 1 { gate.wait() } },
            .good(TagB.self, "test_b"),
        ])
        let patient = service.respond(to: request("/metrics", ["X-Prometheus-Scrape-Timeout-Seconds": "1800"]))
        #expect(await eventually { runs.value == 1 })
        let impatient = request("/metrics", ["X-Prometheus-Scrape-Timeout-Seconds": "20"])
        let answer = try parsed(try await service.respond(to: impatient).get())
        #expect(answer.value("test_scrape_collector_success", "a") == 0)
        #expect(answer.value("test_b") == 1)
        gate.open()
        #expect(try parsed(try await patient.get()).value("test_scrape_collector_success", "a") == 1)
    }

    // MARK: Places

    @Test func beyondTheLimitThereIs503AndPlacesComeBack() async throws {
        let gate = Gate()
        let service = service([.scripted(TagA.self) { _, _ in gate.wait() }], requestsMax: 3)
        let answers = (0..<3).map { _ in service.respond(to: request()) }
        for _ in 0..<5 {
            let refused = try await service.respond(to: request()).get()
            #expect(refused.status == .serviceUnavailable)
            #expect(refused.headers["Retry-After"] == ["1"])
        }
        #expect(inFlight() == 3)
        gate.open()
        for answer in answers { #expect(try await answer.get().status == .ok) }
        #expect(inFlight() == 0)
        #expect(counters.refusalCounts.first { $0.reason == .requestLimit }?.count == 5)
        #expect(try await service.respond(to: request()).get().status == .ok)
    }

    @Test func withoutALimitAllAreServed() async throws {
        let service = service([.good(TagA.self, "test_a")], requestsMax: 0)
        let answers = (0..<200).map { _ in service.respond(to: request()) }
        for answer in answers { #expect(try await answer.get().status == .ok) }
        #expect(inFlight() == 0)
    }

    @Test func aClientThatLeavesFreesItsPlace() async throws {
        let gate = Gate()
        let service = service([.scripted(TagA.self) { _, _ in gate.wait() }], requestsMax: 2)
        let stays = service.respond(to: request("/metrics", ["X-Prometheus-Scrape-Timeout-Seconds": "1800"]))
        for _ in 0..<100 {
            let cancellation = Cancellation()
            // More time than the run may take, so that it waits for that run and not for one of its own.
            let patience: HTTPHeaders = ["X-Prometheus-Scrape-Timeout-Seconds": "3600"]
            let leaves = service.respond(to: request("/metrics", patience, cancellation: cancellation))
            #expect(inFlight() == 2)
            cancellation.cancel()
            #expect(inFlight() == 1)
            await #expect(throws: (any Error).self) { try await leaves.get() }
        }
        gate.open()
        #expect(try await stays.get().status == .ok)
        #expect(inFlight() == 0)
        #expect(counters.answersByStatus.first { $0.status == 503 }?.count == 0)
    }

    @Test func theRunIsCalledOffWhenTheLastClientLeaves() async throws {
        let runs = Count()
        let calledOff = Mutex(false)
        let gate = Gate()
        let service = service([
            .scripted(TagA.self) { _, context throws(CollectorError) in
                guard runs.next() == 1 else { return }
                gate.wait()
                calledOff.withLock { $0 = context.isCancelled }
                if context.isCancelled { throw .failed("called off") }
            },
            .good(TagB.self, "test_b"),
        ])
        let cancellations = [Cancellation(), Cancellation()]
        let answers = cancellations.map { service.respond(to: request(cancellation: $0)) }
        #expect(await eventually { runs.value == 1 })
        for cancellation in cancellations { cancellation.cancel() }
        for answer in answers { await #expect(throws: (any Error).self) { try await answer.get() } }

        // Who comes now gets a run of its own, not the rest of one that nobody wanted and that is still busy.
        let next = try parsed(try await service.respond(to: request()).get())
        #expect(next.value("test_scrape_collector_success", "a") == 0)
        #expect(next.value("test_b") == 1)
        #expect(runs.value == 1)

        gate.open()
        #expect(await eventually { calledOff.withLock { $0 } })
    }

    @Test func leavingAfterTheAnswerChangesNothing() async throws {
        let service = service([.good(TagA.self, "test_a")])
        let cancellation = Cancellation()
        #expect(try await service.respond(to: request(cancellation: cancellation)).get().status == .ok)
        cancellation.cancel()
        #expect(inFlight() == 0)
        // And leaving before the request is looked at.
        let gone = Cancellation()
        gone.cancel()
        _ = try? await service.respond(to: request(cancellation: gone)).get()
        #expect(inFlight() == 0)
    }

    // MARK: Deadlines

    @Test(
        arguments: [
            (["2"], 1.0, 1.5), (["2.5"], 1.5, 2), (["2.000"], 1, 1.5), ([" 15 "], 10, 14.5), (["0.8"], 0.1, 0.4),
            (["3600"], 3000, 3599.5), ([], 5, 9.5), ([""], 5, 9.5), (["x"], 5, 9.5), (["nan"], 5, 9.5),
            (["inf"], 5, 9.5),
            (["1e300"], 5, 9.5), (["-1"], 5, 9.5), (["0"], 5, 9.5), (["3601"], 5, 9.5),
            (["99999999999999999999"], 5, 9.5),
            (["0x10"], 5, 9.5), (["2", "900"], 1, 1.5),
        ] as [([String], Double, Double)]
    )
    func theAnswerLeavesBeforeTheScraperGivesUp(values: [String], atLeast: Double, atMost: Double) async throws {
        let left = Mutex(Duration.zero)
        let service = service(
            [.scripted(TagA.self) { _, context in left.withLock { $0 = context.timeLeft } }],
            defaultTimeout: .seconds(10)
        )
        let headers = HTTPHeaders(values.map { ("X-Prometheus-Scrape-Timeout-Seconds", $0) })
        #expect(try await service.respond(to: request("/metrics", headers)).get().status == .ok)
        // The default is ten seconds, without an offset as nothing gives up then.
        let most = atMost == 9.5 ? 10 : atMost
        #expect(left.withLock { $0.seconds } <= most)
        #expect(left.withLock { $0.seconds } >= atLeast)
    }

    @Test func theTinyestDeadlineIsAnswered() async throws {
        let service = service([.good(TagA.self, "test_a")])
        let headers: HTTPHeaders = ["X-Prometheus-Scrape-Timeout-Seconds": "0.0000001"]
        #expect(try await service.respond(to: request("/metrics", headers)).get().status == .ok)
    }

    @Test func centuriesAreNoDeadline() async throws {
        let service = ScrapeService(
            scraper: Scraper([.good(TagA.self, "test_a")], counters: counters),
            settings: .init(defaultTimeout: .seconds(999_999_999 * 86_400)),
            counters: counters
        )
        #expect(try parsed(try await service.respond(to: request()).get()).value("test_a") == 1)
    }

    // MARK: What is asked for

    @Test(
        arguments: [
            ("collect[]=a", ["a"]), ("collect[]=a&collect[]=b", ["a", "b"]), ("collect%5B%5D=b", ["b"]),
            ("exclude[]=a", ["b"]), ("exclude[]=a&exclude[]=b", []), ("exclude[]=unknown", ["a", "b"]),
            ("", ["a", "b"]),
            ("other=1", ["a", "b"]), ("collect=a", ["a", "b"]),
        ] as [(String, [String])]
    )
    func collectorsAreChosenByTheQuery(query: String, expected: [String]) async throws {
        let service = service([.good(TagA.self, "test_a"), .good(TagB.self, "test_b")])
        let exposition = try parsed(try await service.respond(to: request("/metrics?" + query)).get())
        let run = ["a", "b"].filter { exposition.value("test_scrape_collector_success", $0) != nil }
        #expect(run == expected)
    }

    @Test(arguments: ["collect[]=x", "collect[]=a&collect[]=x", "collect[]=", "collect[]=a&exclude[]=b", "collect[]=A"])
    func badChoicesAre400(query: String) async throws {
        let service = service([.good(TagA.self, "test_a"), .good(TagB.self, "test_b")])
        let response = try await service.respond(to: request("/metrics?" + query)).get()
        #expect(response.status == .badRequest)
        #expect(response.body.readableBytes < 200)
        #expect(inFlight() == 0)
    }

    @Test func theAnswersForm() async throws {
        let service = service([.good(TagA.self, "test_a")])
        let plain = try await service.respond(to: request()).get()
        #expect(plain.headers["Vary"] == ["Accept, Accept-Encoding"])
        #expect(plain.headers["Content-Encoding"] == [])
        #expect(plain.headers["Content-Type"] == ["text/plain; version=0.0.4; charset=utf-8; escaping=underscores"])
        let zipped = try await service.respond(to: request("/metrics", ["Accept-Encoding": "gzip"])).get()
        #expect(zipped.headers["Vary"] == ["Accept, Accept-Encoding"])
        #expect(zipped.headers["Content-Encoding"] == ["gzip"])
        #expect(Array(zipped.body.readableBytesView.prefix(2)) == [0x1F, 0x8B])
    }

    /// A large exposition is handed on as it is, in whatever form.
    @Test func aLargeExpositionIsNotCopied() async throws {
        let metric = metric("test_a")
        let large = EnabledCollector.scripted(TagA.self) { out, _ in
            for number in 0..<30_000 { out.emit(metric, Double(number) / 7, [.text("a\(number * number)")]) }
        }
        let plain = try await service([large]).respond(to: request()).get()
        #expect(plain.rest.count > 1 && plain.body.readableBytes == 0)
        #expect(try TextParser.parse(Array(plain.rest.joined()))[family: "test_a"]?.samples.count == 30_000)
        let zipped = try await service([large]).respond(to: request("/metrics", ["Accept-Encoding": "gzip"])).get()
        #expect(zipped.headers["Content-Encoding"] == ["gzip"] && zipped.bodyBytes < plain.bodyBytes / 2)
    }

    private func parsed(_ response: HTTPResponse) throws -> ParsedExposition {
        try TextParser.parse(Array(response.body.readableBytesView))
    }
}
