import ExporterTesting
import Synchronization
import Testing

@testable import HTTPProbe

/// More clients than there are places, and clients that leave.
@Suite(.serialized)
struct LoadTests {
    /// How a client leaves.
    enum Leaving: CaseIterable {
        /// As clients do when their own deadline is past: the connection is closed.
        case closes
        /// The server is told at once that nobody is there.
        case resets
        /// Only its own side is closed, which looks alike from afar; it is told that its probe was called off.
        case saysNoMore
    }

    /// Beyond the places some wait, and those beyond are turned away; who leaves gives the place back, and also the
    /// place in the queue, although the target never answers.
    @Test(arguments: Leaving.allCases)
    func whoLeavesGivesThePlaceBack(leaving: Leaving) throws {
        let server = ScriptedServer(.hang)
        let exporter = try RunningExporter("http-probe-exporter", ["--probe.max-concurrent=3", "--probe.max-queued=2"])
        var clients = try (0..<5).map { _ in try ask(exporter, for: server) }
        #expect(eventually { exporter.scrape().contains("http_probe_queued 2\n") })
        #expect(exporter.scrape().contains("http_probe_in_flight 3\n"))
        let refused = try exporter.client.request("GET", "/probe?target=\(server.url)")
        #expect(refused.status == 503 && refused[header: "retry-after"] == "1")
        #expect(exporter.scrape().contains("http_probe_requests_total{outcome=\"overload\"} 1\n"))
        switch leaving {
        case .closes: clients = []
        case .resets:
            for client in clients { client.endWithReset() }
            clients = []
        case .saysNoMore:
            for client in clients { client.shutDownSending() }
            for client in clients { #expect(try client.readResponse().status == 499) }
        }
        #expect(eventually { exporter.scrape().contains("http_probe_in_flight 0\n") })
        let scrape = exporter.scrape()
        #expect(scrape.contains("http_probe_queued 0\n"))
        #expect(scrape.contains("http_probe_requests_total{outcome=\"canceled\"} 5\n"))
        #expect(scrape.contains("http_probe_requests_total{outcome=\"failure\"} 0\n"))
        #expect(exporter.program.stop() == 0)
    }

    /// 2,000 at once where 200 have a place and 400 may wait: these do, all others are turned away and counted.
    @Test func thousandsAtOnce() throws {
        let server = SilentServer()
        let exporter = try RunningExporter(
            "http-probe-exporter",
            ["--probe.max-concurrent=200", "--probe.max-queued=400", "--web.max-connections=3000"]
        )
        let clients = try (0..<2000).map { _ in try exporter.client.connect() }
        for client in clients {
            try client.send("GET /probe?target=http://127.0.0.1:\(server.port)/ HTTP/1.1\r\nHost: x\r\n\r\n")
        }
        let refused = "http_probe_requests_total{outcome=\"overload\"} 1400\n"
        #expect(eventually { exporter.scrape().contains(refused) })
        let scrape = exporter.scrape()
        #expect(scrape.contains("http_probe_in_flight 200\n") && scrape.contains("http_probe_queued 400\n"))
        for client in clients { client.shutDownSending() }
        #expect(eventually { exporter.scrape().contains("http_probe_in_flight 0\n") })
        #expect(exporter.scrape().contains("http_probe_requests_total{outcome=\"canceled\"} 600\n"))
        #expect(exporter.program.stop() == 0)
    }

    /// Several threads share the probes.
    @Test func severalThreads() throws {
        let server = ScriptedServer { _ in [.pause(milliseconds: 1), .answer()] }
        let probing = try Probing { $0.threads = 3 }
        let successes = Atomic(0)
        for _ in 0..<30 {
            _ = try probing.start(server.url, seconds: 30) { if $0.isSuccess { successes.add(1, ordering: .relaxed) } }
        }
        #expect(eventually { successes.load(ordering: .relaxed) == 30 })
    }

    /// No more handshakes at once than there are places; whoever ends gives the place on, and who needs no handshake
    /// waits for nobody.
    @Test func handshakesTakeTurns() throws {
        let silent = ScriptedServer(hears: false) { _ in [.hang] }
        let plain = ScriptedServer(.answer())
        let probing = try Probing {
            $0.handshakesMax = 3
            $0.handshakePatience = .seconds(86_400)
        }
        let ended = Mutex<[FailureReason?]>([])
        let cancels = try (0..<6).map { _ in
            try probing.start("https://127.0.0.1:\(silent.port)/", seconds: 86_400) { result in
                ended.withLock { $0.append(result.failure) }
            }
        }
        #expect(eventually { silent.heard.count == 3 })
        #expect(try probing.probe(plain.url).isSuccess)
        #expect(silent.heard.count == 3)
        // One that waits leaves, and then one that has a place, which is for the next of the two that still wait.
        cancels[3]()
        cancels[0]()
        #expect(eventually { silent.heard.count == 4 && ended.withLock { $0 } == [.canceled, .canceled] })
        #expect(try probing.probe(plain.url).isSuccess)
        #expect(silent.heard.count == 4)
        for cancel in cancels { cancel() }
        #expect(eventually { ended.withLock { $0.count } == 6 })
    }

    /// A server that does not answer is in nobody's way for long: neither for longer than is thought of it, nor for
    /// longer than half the time of those that wait.
    @Test(arguments: [(Duration.milliseconds(10), 86_400.0), (.seconds(86_400), 2)])
    func nobodyWaitsForLong(patience: Duration, seconds: Double) throws {
        let silent = ScriptedServer(hears: false) { _ in [.hang] }
        let probing = try Probing {
            $0.handshakesMax = 1
            $0.handshakePatience = patience
        }
        let cancels = try (0..<5).map { _ in
            try probing.start("https://127.0.0.1:\(silent.port)/", seconds: seconds) { _ in }
        }
        #expect(eventually { silent.heard.count == 5 })
        for cancel in cancels { cancel() }
    }

    /// First come, first served, unless somebody can't wait any longer.
    @Test func placesAndTimes() {
        var turns = Turns()
        #expect(turns.isEmpty && turns.take(places: 9, at: 0) == [])
        let latest: [UInt64] = [50, 10, 50, 40, 50]
        for (index, latest) in latest.enumerated() { turns.add(index + 1, latest: latest) }
        turns.remove(3)
        #expect(turns.take(places: 0, at: 9) == [])
        #expect(turns.take(places: 1, at: 10) == [1, 2])
        #expect(turns.take(places: -5, at: 40) == [4])
        #expect(turns.take(places: 2, at: 40) == [5])
        #expect(turns.isEmpty)
    }

    /// Who withdraws has no turn, and the others keep theirs.
    @Test func turns() {
        let gate = ProbeGate(limit: 1, queueMax: 3)
        let order = Order()
        func enter(_ number: Int) -> ProbeGate.Entry { gate.enter { order.came(number, $0) } }
        #expect(enter(0) == .ran)
        #expect((1...3).map(enter) == [.waits(0), .waits(1), .waits(2)])
        #expect(enter(4) == .refused)
        #expect(gate.withdraw(1) && !gate.withdraw(1) && !gate.withdraw(99))
        #expect(enter(5) == .waits(3))
        for _ in 0..<4 { order.leave() }
        #expect(order.numbers == [0, 1, 3, 5])
        #expect(gate.running == 0 && gate.queued == 0)
        #expect(!gate.withdraw(3) && enter(6) == .ran)
    }

    /// In which order those that came had their turn.
    private final class Order: Sendable {
        private let state = Mutex<(numbers: [Int], leaves: [@Sendable () -> Void])>(([], []))

        var numbers: [Int] { state.withLock { $0.numbers } }

        func came(_ number: Int, _ leave: @escaping @Sendable () -> Void) {
            state.withLock { state in
                state.numbers.append(number)
                state.leaves.append(leave)
            }
        }

        /// Lets the one that came last go.
        func leave() { state.withLock { $0.leaves.popLast() }?() }
    }

    private func ask(_ exporter: RunningExporter, for server: ScriptedServer) throws -> HTTPClient.Connection {
        let client = try exporter.client.connect()
        try client.send("GET /probe?target=\(server.url) HTTP/1.1\r\nHost: x\r\n\r\n")
        return client
    }
}
