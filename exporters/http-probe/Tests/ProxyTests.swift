import ExporterTesting
import Glibc
import Testing

@testable import HTTPProbe

/// Probes that go another way than straight to the target: proxies, sockets in the file system, a source address.
@Suite(.serialized)
struct ProxyTests {
    /// Who resolves, and what is told of it: whether to skip it, by which proxy, and whether the phase is there.
    @Test(arguments: [
        (false, "none", true), (true, "none", true), (false, "configured", true), (true, "configured", false),
        (false, "environment", true), (true, "environment", false),
    ])
    func whoResolves(skips: Bool, kind: String, isThere: Bool) throws {
        let proxy = ScriptedServer(.answer())
        let server = ScriptedServer(.answer())
        setenv("HTTP_PROXY", kind == "environment" ? proxy.url : "", 1)
        defer { unsetenv("HTTP_PROXY") }
        let keys: String
        switch kind {
        case "configured": keys = "proxy_url: '\(proxy.url)'"
        case "environment": keys = "proxy_from_environment: true"
        default: keys = "method: GET"
        }
        let result = try Probing().probe(server.url, "{skip_resolve_phase_with_proxy: \(skips), \(keys)}")
        #expect(result.isSuccess, "\(result.detail)")
        #expect((result["probe_http_duration_seconds{phase=\"resolve\"}"] != nil) == isThere)
        #expect((result["probe_dns_lookup_time_seconds"] != nil) == isThere)
        for phase in ["connect", "tls", "processing", "transfer"] {
            #expect(result["probe_http_duration_seconds{phase=\"\(phase)\"}"] != nil)
        }
        // A proxy is asked by the whole URL.
        let asked = kind == "none" ? server.heard : proxy.heard
        #expect(asked.map(\.target) == [kind == "none" ? "/" : server.url + "/"])
        #expect((kind == "none" ? proxy.heard : server.heard).isEmpty)
    }

    /// The variables of the environment mean nothing unless a module says so.
    @Test func theEnvironmentIsNotLookedAt() throws {
        let proxy = ScriptedServer(.answer())
        let server = ScriptedServer(.answer())
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] { setenv(name, proxy.url, 1) }
        defer { for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] { unsetenv(name) } }
        #expect(try Probing().probe(server.url).isSuccess)
        #expect(proxy.heard.isEmpty && server.heard.count == 1)
    }

    @Test func exceptions() throws {
        let proxy = ScriptedServer(.answer())
        let server = ScriptedServer(.answer())
        #expect(try Probing().probe(server.url, "{proxy_url: '\(proxy.url)', no_proxy: 127.0.0.0/8}").isSuccess)
        #expect(proxy.heard.isEmpty && server.heard.count == 1)
    }

    @Test(arguments: [
        ("", "http://a.example.org/", false), ("*", "http://a/", true), ("example.org", "http://a.example.org/", true),
        ("example.org", "http://example.org/", true), (".example.org", "http://a.example.org/", true),
        ("example.org", "http://badexample.org/", false), ("a:8080", "http://a:8080/", true),
        ("a:8080", "http://a/", false),
        ("10.0.0.0/8", "http://10.1.2.3/", true), ("10.0.0.0/8", "http://11.1.2.3/", false),
        (" b , a ", "http://a/", true),
    ])
    func exceptionsByName(text: String, url: String, holds: Bool) throws {
        #expect(ProxyExceptions(text).hold(for: try TargetURL.parse(url).get()) == holds)
    }

    /// Through a tunnel; a proxy that refuses is the reason, and its headers are its own.
    @Test func tunnels() throws {
        let proxy = ScriptedServer(.answer(407))
        let keys = "{proxy_url: '\(proxy.url)', proxy_connect_header: {X-Tunnel: [a]}, headers: {X-Plain: b}}"
        let result = try Probing().probe("https://127.0.0.1:9/", keys)
        #expect(result.failure == .proxy, "\(result.detail)")
        let heard = try #require(proxy.heard.first)
        #expect(heard.method == "CONNECT" && heard["x-tunnel"] == "a" && heard["x-plain"] == nil)
        let port: Int
        do { port = ScriptedServer(.answer()).port }
        #expect(try Probing().probe("http://127.0.0.1:9/", "proxy_url: 'http://127.0.0.1:\(port)'").failure == .proxy)
    }

    /// A name for the handshake is no name for a proxy to go to.
    @Test(arguments: ["localhost:9", "[::1]:9"])
    func tunnelsLeadToTheTarget(host: String) throws {
        let proxy = ScriptedServer(.answer(407))
        let keys = "{proxy_url: '\(proxy.url)', tls_config: {server_name: other.test}}"
        #expect(try Probing().probe("https://\(host)/", keys).failure == .proxy)
        #expect(try Probing().probe("https://\(host)/", keys, hostname: "third.test").failure == .proxy)
        #expect(proxy.heard.map(\.target) == [host, host])
        #expect(try Probing().probe("http://\(host)/", keys).failure == .status)
        #expect(proxy.heard.last?.target == "http://\(host)/" && proxy.heard.last?["host"] == host)
    }

    @Test func whereToConnectFrom() throws {
        let server = ScriptedServer(.answer())
        #expect(try Probing().probe(server.url, "source_address: 127.0.0.5").isSuccess)
        #expect(try Probing().probe(server.url, "source_address: 192.0.2.1").failure == .connect)
    }

    /// The refusal of addresses counts for what a proxy is asked for, too.
    @Test func proxiesAreNoWayAround() throws {
        let proxy = ScriptedServer(.answer())
        let result = try Probing().probe("http://169.254.169.254/", "proxy_url: '\(proxy.url)'")
        #expect(result.failure == .refusedTarget && proxy.heard.isEmpty)
    }
}
