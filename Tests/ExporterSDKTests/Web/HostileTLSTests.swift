import ExporterTesting
import Synchronization
import Testing

@testable import ExporterSDK

/// The limits of plain connections hold over TLS too.
struct HostileTLSTests {
    private static let request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"

    private func server(_ change: (inout HTTPSettings) -> Void = { _ in }) throws -> WebServer {
        var settings = HTTPSettings()
        change(&settings)
        return try WebServer(tlsServer, settings: settings)
    }

    @Test func pipelinedRequestsAreAnsweredInTurn() throws {
        let server = try server()
        let client = try TLSClient(port: server.port)
        client.send(String(repeating: Self.request, count: 50))
        #expect(eventually { client.text.split(separator: "HTTP/1.1 200 OK").count == 50 })
        #expect(!client.isClosed)
    }

    @Test func headersAreLimited() throws {
        let server = try server()
        let client = try TLSClient(port: server.port)
        client.send("GET /metrics HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 20_000))\r\n\r\n")
        #expect(client.waitsForEnd())
        #expect(!client.text.contains("200 OK"))
        #expect(eventually { server.count(.malformed) == 1 })
    }

    @Test func bodiesAreLimited() throws {
        let server = try server { $0.bodyBytesMax = 1000 }
        let client = try TLSClient(port: server.port)
        client.send(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + String(repeating: "z", count: 1001)
        )
        #expect(client.waits(for: "413"))
        #expect(client.waitsForEnd())
        #expect(eventually { server.count(.bodyTooLarge) == 1 })
    }

    @Test func dribblingIsEnded() throws {
        let server = try server { $0.headerTimeout = .milliseconds(600) }
        let client = try TLSClient(port: server.port)
        for byte in Self.request.utf8 where !client.isClosed {
            client.send([byte])
            _ = eventually(seconds: 0.05) { client.isClosed }
        }
        #expect(client.waitsForEnd())
        #expect(client.bytes.isEmpty)
        #expect(eventually { server.count(.headerTimeout) == 1 })
    }

    /// Opening a connection and never beginning, or never ending, the handshake.
    @Test func handshakesAreLimitedInTime() throws {
        let server = try server { $0.headerTimeout = .milliseconds(300) }
        let silent = try server.client.connect()
        let half = try server.client.connect()
        try half.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3])
        #expect(silent.isClosedByServer())
        #expect(half.isClosedByServer())
        #expect(eventually { server.count(.headerTimeout) == 2 })
    }

    @Test func whatIsNoTLSIsEnded() throws {
        let server = try server()
        for bytes: [UInt8] in [
            Array(Self.request.utf8), [0], Array(repeating: 0xFF, count: 3000), [0x16, 3, 1, 0xFF, 0xFF, 1],
        ] {
            let connection = try server.client.connect()
            try connection.send(bytes)
            connection.shutDownSending()
            #expect(connection.isClosedByServer())
        }
        #expect(try server.curl().status == 200)
    }

    /// Saying that nothing more will come is not hanging up: the answers still come, or the connection ends well.
    @Test func aHalfClosedConnectionEnds() throws {
        let server = try server()
        for _ in 0..<20 {
            let client = try TLSClient(port: server.port)
            client.send("GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            client.close()
        }
        #expect(eventually { server.counters.openConnections.load(ordering: .relaxed) == 0 })
        #expect(try server.curl().status == 200)
    }

    @Test func aClientThatDoesNotReadIsEnded() throws {
        let server = try server { $0.writeTimeout = .milliseconds(500) }
        // A handshake by openssl, which then stops reading: what it prints goes to a pipe that nobody empties.
        let client = try RunningProgram(
            "sh",
            [
                "-c",
                "{ for i in $(seq 20); do printf 'GET /long HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'; done; sleep 20; } "
                    + "| openssl s_client -quiet -connect 127.0.0.1:\(server.port) 2>/dev/null | sleep 20",
            ]
        )
        #expect(eventually { server.count(.writeTimeout) == 1 })
        #expect(eventually { server.counters.openConnections.load(ordering: .relaxed) == 0 })
        _ = client
    }

    /// Half of them have finished their handshake, half never begin it: a scrape is answered all the same.
    @Test func aThousandIdleConnectionsAreNoBurden() throws {
        let server = try server { $0.connectionsMax = 1100 }
        let silent = try (0..<800).map { _ in try server.client.connect() }
        let idle = try (0..<200).map { _ in try TLSClient(port: server.port) }
        for client in idle { client.send(Self.request) }
        #expect(eventually { idle.allSatisfy { $0.text.contains("200 OK") } })
        #expect(server.counters.openConnections.load(ordering: .relaxed) == 1000)
        #expect(try server.curl().status == 200)
        #expect(silent.count == 800)
    }

    @Test func connectionsAreLimited() throws {
        let server = try server { $0.connectionsMax = 3 }
        let idle = try (0..<3).map { _ in try TLSClient(port: server.port) }
        for client in idle { client.send(Self.request) }
        #expect(eventually { idle.allSatisfy { $0.text.contains("200 OK") } })
        #expect(try server.curl().status == 0)
        #expect(eventually { server.count(.connectionLimit) == 1 })
        #expect(idle.allSatisfy { !$0.isClosed })
    }
}
