import ExporterTesting
import Exposition
import Glibc
import Testing

/// The program against clients that are odd, broken, slow, gone or many.
@Suite(.serialized)
struct BinaryTests {
    private let exporter: RunningExporter

    init() throws {
        exporter = try RunningExporter(
            "node-exporter",
            ["--web.header-timeout=2s", "--web.max-connections=1200", "--web.max-requests=5"]
        )
    }

    private var client: HTTPClient { exporter.client }

    /// The value of one of the exporter's own samples, from a scrape of its own.
    private func own(_ series: String) -> Double? {
        exporter.scrape("/metrics?collect[]=loadavg").split(separator: "\n")
            .first { $0.hasPrefix(series + " ") }
            .flatMap { Double($0.dropFirst(series.count + 1)) }
    }

    private func refused(_ reason: String) -> Double? { own("node_exporter_http_refused_total{reason=\"\(reason)\"}") }

    private func expectHealthy() {
        #expect(exporter.scrape().contains("node_load1 "))
        #expect(eventually { own("promhttp_metric_handler_requests_in_flight") == 1 })
    }

    // MARK: Methods, paths, headers

    @Test func methods() throws {
        let get = try client.request("GET", "/metrics")
        let head = try client.request("HEAD", "/metrics")
        #expect(get.status == 200 && head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head[header: "content-type"] == get[header: "content-type"])
        #expect(Int(head[header: "content-length"] ?? "") ?? 0 > 1000)
        for method in ["POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"] {
            let answer = try client.request(method, "/metrics")
            #expect(answer.status == 405, "\(method)")
            #expect(answer[header: "allow"] == "GET, HEAD")
        }
        expectHealthy()
    }

    @Test func paths() throws {
        for path in ["/-/healthy", "/-/ready", "/version", "/"] {
            #expect(try client.request("GET", path).status == 200, "\(path)")
        }
        for path in ["/metricsx", "/metrics/", "/../etc/passwd", "/%2e%2e/etc/passwd", "//"] {
            #expect(try client.request("GET", path).status == 404, "\(path)")
        }
        #expect(try client.request("GET", "/metrics?collect[]=nonsense").status == 400)
        #expect(try client.request("GET", "/-/reload").status == 405)
    }

    /// The names, with labels, of all series that are about the exporter and not about the host, which changes.
    private func ownSeries() -> Set<Substring> {
        Set(
            exporter.scrape("/metrics?collect[]=loadavg").split(separator: "\n").compactMap { line in
                line.hasPrefix("#") ? nil : line.lastIndex(of: " ").map { line[..<$0] }
            }
        )
    }

    @Test func tenThousandMethodsAndPathsMakeNoSeries() throws {
        // What a bad request and a limit that was met add is there from the first of each.
        _ = try client.request("GET", "/metrics?collect[]=nonsense")
        _ = try client.request("POST", "/metrics")
        let before = ownSeries()
        var random = SplitMix64(state: 7)
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~%/?&=[]{}+\"'\\".utf8)
        func word(_ letters: [UInt8]) -> String {
            let bytes = (0..<Int.random(in: 1...24, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? 65
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        for _ in 0..<100 {
            // A hundred requests on a connection, sent at once; a server that refuses one closes, which is its right.
            guard let connection = try? client.connect() else { continue }
            for _ in 0..<100 {
                let method = Bool.random(using: &random) ? "GET" : word(Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8))
                let path = Bool.random(using: &random) ? "/metrics?" + word(letters) : "/" + word(letters)
                try? connection.send("\(method) \(path) HTTP/1.1\r\nHost: \(word(letters))\r\n\r\n")
            }
            connection.shutDownSending()
            _ = connection.isClosedByServer()
        }
        #expect(ownSeries() == before)
        expectHealthy()
    }

    @Test(
        arguments: [
            "", ",", ";;;", "text/plain;version=", "*/*;q=nan", "application/openmetrics-text;version=99;q=2",
            "text/plain;q=0", String(repeating: "a/b,", count: 2000), "\u{FF}\u{1}", "text/plain;version=\"0.0.4",
        ]
    )
    func oddAcceptHeadersGetText(accept: String) throws {
        let answer = try client.request("GET", "/metrics", headers: ["Accept: \(accept)"])
        // A control character is no header at all.
        let isHeader = !accept.utf8.contains { $0 < 32 }
        #expect(answer.status == (isHeader ? 200 : 400))
        if isHeader { #expect(answer.text.contains("node_load1 ")) }
    }

    // MARK: Sizes and shapes of requests

    @Test func aHeadBeyondTheLimitIsRefused() throws {
        let big = "X-Big: " + String(repeating: "x", count: 64 * 1024)
        let status = (try? client.request("GET", "/metrics", headers: [big]))?.status
        #expect(status == nil || status == 400 || status == 431)
        let many = (0..<5000).map { "X-\($0): y" }
        let other = (try? client.request("GET", "/metrics", headers: many))?.status
        #expect(other == nil || other == 400 || other == 431)
        #expect(refused("malformed") ?? 0 >= 2)
        expectHealthy()
    }

    @Test func aBodyBeyondTheLimitIsRefused() throws {
        let connection = try client.connect()
        try connection.send("GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
        try? connection.send([UInt8](repeating: 120, count: 3_000_000))
        #expect(connection.isClosedByServer())
        #expect(refused("body_too_large") == 1)

        let chunked = try client.connect()
        try chunked.send("GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "10000\r\n" + String(repeating: "x", count: 65536) + "\r\n"
        for _ in 0..<40 where (try? chunked.send(chunk)) == nil { break }
        #expect(chunked.isClosedByServer())
        #expect(refused("body_too_large") == 2)
        expectHealthy()
    }

    @Test func aBodyWithinTheLimitIsNoHarm() throws {
        let answer = try client.request("GET", "/metrics", body: [UInt8](repeating: 120, count: 100_000))
        #expect(answer.status == 200)
    }

    @Test(arguments: [
        "\r\n\r\n\r\n\u{16}\u{3}\u{1}\r\n\r\n", "GET\r\n\r\n", "GET /metrics HTTP/9.9\r\n\r\n", "\u{0}\u{0}\r\n\r\n",
    ])
    func whatIsNotHTTPIsRefused(bytes: String) throws {
        let connection = try client.connect()
        try connection.send(bytes)
        #expect(connection.isClosedByServer())
        expectHealthy()
    }

    @Test func requestsInOnePacketAreAnsweredInOrder() throws {
        let connection = try client.connect()
        let paths = ["/-/healthy", "/metrics?collect[]=loadavg", "/nothing", "/-/ready"]
        try connection.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
        connection.shutDownSending()
        var received: [UInt8] = []
        while case let bytes = connection.read(), !bytes.isEmpty { received += bytes }
        // A body's last line and the next answer's first share a line.
        let statuses = String(decoding: received, as: UTF8.self).split(whereSeparator: \.isNewline)
            .filter { $0.hasPrefix("HTTP/1.1 ") }.map { $0.dropFirst(9).prefix(3) }
        #expect(statuses == ["200", "200", "404", "200"])
    }

    @Test func aClientThatOnlyListensGetsItsAnswer() throws {
        let connection = try client.connect()
        try connection.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.shutDownSending()
        #expect(try connection.readResponse().text.contains("node_load1 "))
        #expect(connection.isClosedByServer())
    }

    // MARK: Slow, gone and many

    @Test func threeHundredDribblersDoNotKeepAScraperWaiting() throws {
        let dribblers = try (0..<300).map { _ in try client.connect() }
        let request = Array("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        for byte in request[..<3] {
            for dribbler in dribblers { try? dribbler.send([byte]) }
            expectHealthy()
            sleep(1)
        }
        // Two seconds are all that a head may take.
        #expect(eventually { own("node_exporter_http_connections") ?? 300 < 10 })
        #expect(refused("header_timeout") == 300)
        for dribbler in dribblers { #expect(dribbler.isClosedByServer()) }
    }

    @Test func fortyAtOnceAreAllAnswered() throws {
        let connections = try (0..<40).map { _ in try client.connect() }
        for connection in connections { try connection.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") }
        // Equal requests that come together share a run, but at most five may wait, so some are told to come again.
        let answers = try connections.map { try $0.readResponse() }
        for answer in answers { #expect(answer.status == 200 || answer.status == 503) }
        #expect(answers.contains { $0.status == 200 })
        expectHealthy()
    }

    @Test func withTheDefaultLimitFortyAtOnceAre200() throws {
        let exporter = try RunningExporter("node-exporter")
        for _ in 0..<5 {
            let connections = try (0..<40).map { _ in try exporter.client.connect() }
            for connection in connections { try connection.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") }
            for connection in connections {
                let answer = try connection.readResponse()
                #expect(answer.status == 200)
                #expect((try? TextParser.parse(answer.body)) != nil)
            }
        }
    }

    @Test func beyondMaxRequestsThereIs503() throws {
        let names = ["arp", "cpu", "diskstats", "entropy", "filefd", "loadavg", "meminfo", "netdev", "netstat", "os"]
        let connections = try names.map { _ in try client.connect() }
        // Stopped, so that it sees all of them at once; each asks for something else, so that none shares a run.
        exporter.program.send(SIGSTOP)
        for (name, connection) in zip(names, connections) {
            try connection.send("GET /metrics?exclude[]=\(name) HTTP/1.1\r\nHost: x\r\n\r\n")
        }
        exporter.program.send(SIGCONT)
        let answers = try connections.map { try $0.readResponse() }
        let refusals = answers.filter { $0.status == 503 }
        #expect(!refusals.isEmpty)
        #expect(answers.filter { $0.status == 200 }.count >= 5)
        for refusal in refusals { #expect(refusal[header: "retry-after"] == "1") }
        #expect(refused("request_limit") == Double(refusals.count))
        #expect(own("promhttp_metric_handler_requests_total{code=\"503\"}") == Double(refusals.count))
        expectHealthy()
    }

    @Test func clientsThatLeaveCostNoPlace() throws {
        for number in 0..<200 {
            let connection = try client.connect()
            try connection.send("GET /metrics?exclude[]=cpu&exclude[]=\(number) HTTP/1.1\r\nHost: x\r\n\r\n")
            // Half of them while the answer is made, half in its middle; the reference's end closes the connection.
            if number.isMultiple(of: 2) { _ = connection.read(10) }
        }
        #expect(exporter.program.isRunning)
        expectHealthy()
        #expect(eventually { own("node_exporter_http_connections") == 1 })
    }

    @Test func aThousandIdleConnectionsAreBornAndBeyondTheLimitClosed() throws {
        for _ in 0..<20 { expectHealthy() }
        let threads = exporter.program.threadCount
        let idle = try (0..<1000).map { _ in try client.connect() }
        expectHealthy()
        #expect(own("node_exporter_http_connections") ?? 0 >= 1000)
        #expect(exporter.program.threadCount <= threads + 2)
        let more = try (0..<400).map { _ in try client.connect() }
        #expect(eventually { more.filter { $0.isClosedAlready }.count >= 200 })
        #expect(idle.count == 1000)
        // They said nothing for two seconds and are gone, and so is what they cost.
        #expect(eventually { (try? client.request("GET", "/-/healthy"))?.status == 200 })
        #expect(eventually { own("node_exporter_http_connections") == 1 })
        #expect(refused("connection_limit") ?? 0 >= 200)
        #expect(eventually { exporter.program.descriptorCount < 1000 })
    }

    @Test func nothingGrowsOverAThousandScrapes() throws {
        // Every twenty scrapes what is not used is given back: both looks are half-way between.
        for _ in 0..<110 { _ = exporter.scrape() }
        let descriptors = exporter.program.descriptorCount
        let threads = exporter.program.threadCount
        let resident = try #require(exporter.program.residentBytes)
        for _ in 0..<1000 { _ = exporter.scrape() }
        #expect(exporter.program.descriptorCount <= descriptors + 4)
        #expect(exporter.program.threadCount <= threads)
        #expect(try #require(exporter.program.residentBytes) <= resident + 2 << 20)
    }
}
