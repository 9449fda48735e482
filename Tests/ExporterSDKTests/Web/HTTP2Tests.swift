import ExporterTesting
import Testing

@testable import ExporterSDK

/// HTTP/2 where it is asked for, and what abuses it.
struct HTTP2Tests {
    private static let yaml = tlsServer + "http_server_config: {http2: true}\n"

    @Test(arguments: [
        ("", "2", "HTTP/1.1 200"), ("http_server_config: {http2: true}\n", "2", "HTTP/2 200"),
        ("http_server_config: {http2: true}\n", "1.1", "HTTP/1.1 200"),
    ])
    func onlyWhereItIsAskedFor(keys: String, version: String, line: String) throws {
        let server = try WebServer(tlsServer + keys)
        let answer = try server.curl("/metrics", ["--http\(version)"])
        #expect(answer.status == 200 && answer.output.contains("< \(line)"), "\(answer)")
        #expect(answer.output.contains("metrics"))
    }

    @Test func everythingWorksAsBefore() throws {
        let users = "basic_auth_users: {alice: \(Hashes.star)}\n"
        let server = try WebServer(Self.yaml + users)
        let known = ["--http2", "-u", "alice:U*U"]
        #expect(try server.curl("/metrics", ["--http2"]).status == 401)
        #expect(try server.curl("/metrics", known).status == 200)
        #expect(try server.curl("/none", known).status == 404)
        #expect(try server.curl("/echo", known).status == 405)
        let body = try server.curl("/echo", known + ["--data-binary", String(repeating: "x", count: 100_000)])
        #expect(body.status == 200 && body.output.contains("100000"))
        let head = try server.curl("/metrics", known + ["-I"])
        #expect(
            head.status == 200 && head.output.contains("< content-length: 8") && !head.output.contains("connection:")
        )
        let long = try server.curl("/long", known + ["-o", "/dev/null", "-w", "%{size_download}"])
        #expect(long.output.contains("2621441"), "\(long.exit)")
        // Many at once on one connection.
        let urls = (0..<50).flatMap { ["-o", "/dev/null", "https://localhost:\(server.port)/metrics?\($0)"] }
        let many = try server.curl("/metrics", known + ["--parallel", "-o", "/dev/null", "-w", "%{http_code},"] + urls)
        #expect(many.output.split(separator: "200,", omittingEmptySubsequences: false).count > 50)
    }

    @Test func bodiesAndHeadersAreLimited() throws {
        var settings = HTTPSettings()
        settings.bodyBytesMax = 1000
        let server = try WebServer(Self.yaml, settings: settings)
        let body = try server.curl("/echo", ["--http2", "--data-binary", String(repeating: "x", count: 5000)])
        #expect(body.status == 413, "\(body)")
        let header = try server.curl("/metrics", ["--http2", "-H", "X-A: \(String(repeating: "y", count: 60_000))"])
        #expect(header.status != 200)
        #expect(try server.curl("/metrics", ["--http2"]).status == 200)
    }

    // MARK: Bytes by hand

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, [])
    /// GET, https, /metrics, authority a; see RFC 7541 6.
    private static let headers: [UInt8] = [0x82, 0x87, 0x04, 8] + Array("/metrics".utf8) + [0x41, 1, 0x61]

    private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), type, flags]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: stream >> $0) } + payload
    }

    private func client(_ server: WebServer) throws -> TLSClient {
        let client = try TLSClient(port: server.port, protocols: ["h2"])
        client.send(Self.preface)
        return client
    }

    /// Whoever opens streams only to reset them is cut off, and others do not notice: CVE-2023-44487.
    @Test func rapidResetsEndTheConnection() throws {
        let server = try WebServer(Self.yaml)
        let client = try client(server)
        for batch in 0..<40 where !client.isClosed {
            var bytes: [UInt8] = []
            for number in 0..<50 {
                let stream = UInt32(batch * 50 + number) * 2 + 1
                bytes += Self.frame(1, 0x5, stream, Self.headers) + Self.frame(3, 0, stream, [0, 0, 0, 8])
            }
            client.send(bytes)
        }
        #expect(client.waitsForEnd())
        #expect(try server.curl("/metrics", ["--http2"]).status == 200)
    }

    /// More streams at once than are allowed: those beyond are refused, and memory stays bounded.
    @Test func streamsAreLimited() throws {
        var settings = HTTPSettings()
        settings.streamsMax = 10
        let server = try WebServer(Self.yaml, settings: settings)
        let client = try client(server)
        // Without the end of the stream: a body that never comes.
        let bytes = (0..<100).flatMap { Self.frame(1, 0x4, UInt32($0) * 2 + 1, Self.headers) }
        client.send(bytes)
        // RST_STREAM with REFUSED_STREAM or PROTOCOL_ERROR, or the end of the connection.
        #expect(eventually { client.isClosed || client.bytes.count > 13 * 80 })
        #expect(try server.curl("/metrics", ["--http2"]).status == 200)
    }

    /// What begins it, and what is then repeated how often.
    private static let abuses: [(name: String, start: [UInt8], repeated: [UInt8], count: Int)] = [
        ("settings", [], frame(4, 0, 0, []), 20_000),
        ("pings", [], frame(6, 0, 0, Array(repeating: 7, count: 8)), 20_000),
        ("continuations", frame(1, 0, 1, headers), frame(9, 0, 1, [0, 1, 0x61, 1, 0x61]), 20_000),
        ("empty data", frame(1, 0x4, 1, headers), frame(0, 0, 1, []), 20_000),
        ("garbage", [], [0xFF], 100_000),
        ("bad headers", [], frame(1, 0x5, 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), 1),
        ("huge window", [], frame(8, 0, 0, [0x7F, 0xFF, 0xFF, 0xFF]), 2),
        ("data without a stream", [], frame(0, 0, 77, [1, 2, 3]), 1),
    ]

    @Test(arguments: abuses)
    func abuseEndsTheConnection(name: String, start: [UInt8], repeated: [UInt8], count: Int) throws {
        let server = try WebServer(Self.yaml)
        let client = try client(server)
        client.send(start + Array(repeatElement(repeated, count: count).joined()))
        #expect(client.waitsForEnd(), "\(name)")
        #expect(try server.curl("/metrics", ["--http2"]).status == 200)
    }

    /// Streams whose body never comes are ended, each by itself.
    @Test func bodiesHaveADeadline() throws {
        var settings = HTTPSettings()
        settings.bodyTimeout = .milliseconds(300)
        let server = try WebServer(Self.yaml, settings: settings)
        let client = try client(server)
        client.send((0..<5).flatMap { Self.frame(1, 0x4, $0 * 2 + 1, Self.headers) })
        #expect(eventually { server.count(.bodyTimeout) == 5 })
        #expect(!client.isClosed)
    }

    @Test func anIdleConnectionEnds() throws {
        var settings = HTTPSettings()
        settings.idleTimeout = .milliseconds(300)
        let server = try WebServer(Self.yaml, settings: settings)
        let client = try client(server)
        client.send(Self.frame(1, 0x5, 1, Self.headers))
        #expect(client.waitsForEnd())
    }

    /// A connection that rests ends at once when the process is told to end; it is told so, by GOAWAY.
    @Test func drainingEndsAConnection() throws {
        let server = try WebServer(Self.yaml)
        let client = try client(server)
        client.send(Self.frame(1, 0x5, 1, Self.headers))
        #expect(client.waits(for: "metrics\n"))
        server.server.shutDown()
        #expect(client.waitsForEnd())
        let bytes = client.bytes
        #expect(bytes.indices.dropLast(4).contains { Array(bytes[$0...($0 + 3)]) == [0, 0, 8, 7] })
    }
}
