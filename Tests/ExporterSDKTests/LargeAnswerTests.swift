import ExporterTesting
import Glibc
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import ExporterSDK

/// Answers that are too large to be copied in one piece.
struct LargeAnswerTests {
    /// Bytes of which none is like its neighbours, in pieces of all sizes, empty ones too.
    static func pieces(size: Int) -> [ArraySlice<UInt8>] {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 251 ^ $0) }
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < size {
            let end = min(size, start + (pieces.count * pieces.count * 1013) % 400_000)
            pieces.append(bytes[start..<end])
            if end == start { pieces.append(bytes[start..<min(size, start + 1)]) }
            start = max(end, start + 1)
        }
        return pieces + [[]]
    }

    private static func server(_ pieces: [ArraySlice<UInt8>], _ settings: HTTPSettings = HTTPSettings()) throws
        -> RunningServer
    {
        let route = Route("/large", "Help.") { _ in HTTPResponse(.ok, contentType: "text/plain", pieces) }
        return try RunningServer([route, Route("/small", "Help.") { _ in .text(.ok, "small") }], settings: settings)
    }

    @Test(arguments: [0, 1, UnsentBody.bytesMin, UnsentBody.bytesMin + 1, 131_072 * 8, 5_000_000])
    func itComesWhole(size: Int) throws {
        let pieces = Self.pieces(size: size)
        let response = HTTPResponse(.ok, contentType: "text/plain", pieces)
        #expect(response.bodyBytes == size && response.rest.isEmpty == (size <= UnsentBody.bytesMin))
        let server = try Self.server(pieces)
        let answer = try server.client.request("GET", "/large")
        #expect(answer.body == Array(pieces.joined()))
        #expect(answer[header: "content-length"] == "\(size)")
        let head = try server.client.request("HEAD", "/large")
        #expect(head[header: "content-length"] == "\(size)" && head.body.isEmpty)
    }

    /// One after the other on a connection, in the order in which they were asked for.
    @Test func pipelinedTheyStayInOrder() throws {
        let large = Array(Self.pieces(size: 1_000_000).joined())
        let server = try Self.server(Self.pieces(size: 1_000_000))
        let connection = try server.client.connect()
        let paths = ["large", "large", "small", "large", "small"]
        let requests = paths.enumerated().map { index, path in
            "GET /\(path) HTTP/1.1\r\nHost: x\r\n\(index == 4 ? "Connection: close\r\n" : "")\r\n"
        }
        try connection.send(requests.joined())
        var bytes: [UInt8] = []
        while case let more = connection.read(1 << 20), !more.isEmpty { bytes += more }
        for path in paths {
            let body = path == "large" ? large : Array("small\n".utf8)
            let head = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8))).upperBound
            #expect(Array(bytes.dropFirst(head).prefix(body.count)) == body)
            bytes.removeFirst(min(bytes.count, head + body.count))
        }
        #expect(bytes.isEmpty)
    }

    /// A server whose only answer is of 8 KiB, and that body.
    private static func serverOfSmallAnswers(
        renderedAhead: Bool,
        _ settings: HTTPSettings = HTTPSettings()
    ) throws -> (RunningServer, body: [UInt8]) {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 8192)
        let fresh = HTTPResponse(.ok, contentType: "text/plain", [body[...]])
        let response = renderedAhead ? fresh.renderedAhead() : fresh
        return (try RunningServer([Route("/", "Help.") { _ in response }], settings: settings), body)
    }

    /// Of a client that asks on and on and does not read, nothing more is read either; when it reads, all is answered.
    @Test(arguments: [false, true])
    func whoAsksOnAndOnIsNotReadEither(isRenderedAhead: Bool) throws {
        let (server, body) = try Self.serverOfSmallAnswers(renderedAhead: isRenderedAhead)
        let connection = try server.client.connect(timeoutSeconds: 5)
        let request = "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "y", count: 1000))\r\n\r\n"
        let sixtyFour = Array(String(repeating: request, count: 64).utf8)
        var sent = 0
        // 42 MB of requests, for which there would be 340 MB of answers.
        while sent < 640, (try? connection.send(sixtyFour)) != nil { sent += 1 }
        #expect(sent < 640)
        connection.shutDownSending()
        var bytes: [UInt8] = []
        while case let more = connection.read(1 << 20), !more.isEmpty { bytes += more }
        let end = try #require(bytes.firstRange(of: body)).upperBound
        // All of it, but for what is said of a request that was sent in part.
        #expect(bytes.count >= sent * 64 * end && bytes.count % end < 200)
    }

    /// Who says that it has no more to ask gets what it asked for before, however late it reads.
    @Test(arguments: [false, true])
    func whoAsksNoMoreGetsAllAnswers(isRenderedAhead: Bool) throws {
        let (server, body) = try Self.serverOfSmallAnswers(renderedAhead: isRenderedAhead)
        // More than the system keeps for a client.
        for count in [1, 1500] {
            let connection = try server.client.connect()
            try connection.send(String(repeating: "GET / HTTP/1.1\r\nHost: x\r\n\r\n", count: count))
            connection.shutDownSending()
            var bytes: [UInt8] = []
            while case let more = connection.read(1 << 16), !more.isEmpty {
                bytes += more
                usleep(1000)
            }
            let end = try #require(bytes.firstRange(of: body)).upperBound
            #expect(bytes.count == count * end)
        }
    }

    /// Small answers that nobody takes have their time, too, whether more is asked or not.
    @Test(arguments: [false, true], [false, true])
    func smallAnswersWaitForSoLong(isRenderedAhead: Bool, asksOn: Bool) throws {
        var settings = HTTPSettings()
        settings.writeTimeout = .seconds(1)
        let (server, _) = try Self.serverOfSmallAnswers(renderedAhead: isRenderedAhead, settings)
        let connection = try server.client.connect()
        try connection.send(String(repeating: "GET / HTTP/1.1\r\nHost: x\r\n\r\n", count: 1500))
        if !asksOn { connection.shutDownSending() }
        for count in [1, 0] {
            #expect(eventually { server.counters.openConnections.load(ordering: .relaxed) == count })
        }
        #expect(server.counters.refusalCounts.first { $0.reason == .writeTimeout }?.count == 1)
    }

    /// A client that asks and does not read holds up itself, until the time for writing is over; one that leaves
    /// half-way leaves nothing behind.
    @Test func whoDoesNotReadHoldsUpHimself() throws {
        var settings = HTTPSettings()
        settings.writeTimeout = .seconds(1)
        let server = try Self.server(Self.pieces(size: 20_000_000), settings)
        let request = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
        let silent = try (0..<3).map { _ in try server.client.connect() }
        for connection in silent { try connection.send(request) }
        for _ in 0..<3 {
            let leaving = try server.client.connect()
            try leaving.send(request)
            _ = leaving.read()
            leaving.endWithReset()
        }
        #expect(try server.client.request("GET", "/small").text == "small\n")
        #expect(eventually { server.counters.openConnections.load(ordering: .relaxed) == 0 })
        #expect(server.counters.refusalCounts.first { $0.reason == .writeTimeout }?.count == 3)
    }
}
