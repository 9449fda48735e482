import ExporterTesting
import Testing

@testable import HTTPProbe

/// Servers that refuse, stall, lie and never end: each probe ends in time, with its reason.
@Suite(.serialized)
struct HostileServerTests {
    private static let serverTable: [(String, [ScriptedServer.Action], FailureReason?)] = [
        ("closes at once", [], FailureReason.emptyReply), ("resets", [.reset], .emptyReply),
        ("stalls before the headers", [.hang], .timeout),
        ("stalls in the status line", [.text("HTTP/1.1 20"), .hang], .timeout),
        ("stalls in the headers", [.text("HTTP/1.1 200 OK\r\nContent-Le"), .hang], .timeout),
        ("stalls after the headers", [.text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"), .hang], .timeout),
        (
            "drips", [.text("HTTP/1.1 200 OK\r\n\r\n"), .text("a"), .pause(milliseconds: 200), .text("b"), .hang],
            .timeout
        ),
        (
            "never ends", [.text("HTTP/1.1 200 OK\r\n\r\n"), .repeatForever([UInt8](repeating: 97, count: 65_536))],
            .timeout
        ),
        (
            "sends headers without end", [.text("HTTP/1.1 200 OK\r\n"), .repeatForever(Array("X-A: b\r\n".utf8))],
            .protocolError
        ),
        (
            "sends one header without end",
            [.text("HTTP/1.1 200 OK\r\nX: "), .repeatForever([UInt8](repeating: 97, count: 65_536))], nil
        ),
        ("sends less than it says", [.answer(200, [], body: [97, 98], length: 10)], .receive),
        ("speaks no HTTP", [.text("SSH-2.0-OpenSSH_9.2\r\n")], .protocolError),
        ("speaks HTTP/0.9", [.text("<html>hello</html>")], .protocolError),
        ("breaks chunks", [.text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n")], .receive),
        ("has a length that is none", [.text("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nhello")], nil),
        ("says hello at first", [.text("HTTP/1.1 100 Continue\r\n\r\n"), .answer(500)], .status),
    ]

    @Test(arguments: serverTable)
    func servers(what: String, actions: [ScriptedServer.Action], reason: FailureReason?) throws {
        let server = ScriptedServer { _ in actions }
        let result = try Probing().probe(server.url, seconds: 0.5)
        if let reason, reason != .receive {
            #expect(result.failure == reason, "\(what): \(result.detail)")
        } else if reason == .receive {
            #expect([.receive, .protocolError].contains(result.failure), "\(what): \(result.detail)")
        }
        #expect(result.duration < 5)
    }

    @Test func nobodyListens() throws {
        let port: Int
        do { port = ScriptedServer(.answer()).port }
        let result = try Probing().probe("http://127.0.0.1:\(port)/")
        #expect(result.failure == .connect && result["probe_failure_reason{reason=\"connect\"}"] == 1)
        #expect(result["probe_http_status_code"] == 0 && result["probe_http_content_length"] == 0)
    }

    @Test func noTLSAtAll() throws {
        let server = ScriptedServer(hears: false) { _ in [.answer()] }
        #expect(try Probing().probe("https://127.0.0.1:\(server.port)/").failure == .tls)
        let silent = ScriptedServer(.hang)
        let result = try Probing().probe("https://127.0.0.1:\(silent.port)/", seconds: 0.3)
        // Where the time went is told although the phase never ended.
        #expect(result.failure == .timeout && (result.hops.last?.phases.tls ?? 0) > 0.1)
    }

    @Test func namesWithoutAddress() throws {
        let result = try Probing().probe("http://does-not-exist.invalid/", seconds: 10)
        #expect(result.failure == .dns || result.failure == .timeout)
        #expect(result["probe_ip_protocol"] == 0 && result["probe_http_duration_seconds{phase=\"resolve\"}"] != nil)
        #expect(result["probe_http_status_code"] == 0)
    }

    @Test func preferenceAndFallback() throws {
        let server = ScriptedServer(.answer())
        let probing = try Probing()
        #expect(
            try probing.probe("http://localhost:\(server.port)/", "preferred_ip_protocol: ip4")["probe_ip_protocol"]
                == 4
        )
        // The server has only an address of IPv4.
        let without = "{preferred_ip_protocol: ip6, ip_protocol_fallback: false}"
        #expect(try probing.probe(server.url, without).failure == .dns)
        #expect(try probing.probe(server.url, "preferred_ip_protocol: ip6").isSuccess)
    }

    /// Thousands of failing probes leave nothing behind.
    @Test func nothingLeaks() throws {
        let server = ScriptedServer { $0.target == "/good" ? [.answer(200, [], "hello")] : [.reset] }
        let probing = try Probing()
        let plan = try Probing.plan("{fail_if_body_not_matches_regexp: [hello], headers: {X-A: b}}")
        func run(_ count: Int) throws {
            for number in 0..<count { _ = try probing.probe(server.url + (number % 2 == 0 ? "/good" : "/bad"), plan) }
        }
        try run(200)
        let before = (SourceTree("/proc/self").names(in: "fd").count, SourceTree("/proc/self").names(in: "task").count)
        try run(2_000)
        #expect(eventually { SourceTree("/proc/self").names(in: "fd").count <= before.0 + 4 })
        #expect(eventually { SourceTree("/proc/self").names(in: "task").count <= before.1 + 4 })
    }
}
