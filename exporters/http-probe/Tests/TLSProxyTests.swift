import ExporterTesting
import Glibc
import Testing

@testable import HTTPProbe

/// Proxies that are spoken to over TLS: theirs is one handshake and the target's another, each with its certificate.
@Suite(.serialized)
struct TLSProxyTests {
    private static let authority = Result { () throws -> TestAuthority in
        let authority = try TestAuthority()
        try authority.make("proxy", subject: "/CN=proxy", names: "DNS:localhost")
        try authority.make("target", subject: "/CN=target", names: "DNS:target.test")
        try authority.make("expired", subject: "/CN=proxy", names: "DNS:localhost", days: -1)
        try authority.make("self", subject: "/CN=proxy", names: "DNS:localhost", from: nil)
        return authority
    }

    /// The keys of a module that goes through a proxy, by the name of localhost.
    private static func keys(_ proxy: TLSProxy, _ tls: String = "", _ more: String = "", host: String = "localhost")
        throws -> String
    {
        let ca = "ca_file: \(try authority.get().folder.path)/root.crt"
        return """
            {proxy_url: 'https://user:secret@\(host):\(proxy.port)', tls_config: {\(ca), server_name: target.test, \(tls)},
              proxy_connect_header: {X-Tunnel: [a]}, \(more)}
            """
    }

    /// What is told of the certificate is told of the target's, whose `server_name` is not the proxy's.
    @Test func tunnels() throws {
        let authority = try Self.authority.get()
        let proxy = try TLSProxy(authority, "proxy")
        let target = try TLSServer(authority, "target", ["-tls1_2"])
        let result = try Probing().probe("https://127.0.0.1:\(target.port)/", Self.keys(proxy))
        #expect(result.isSuccess, "\(result.detail)")
        let certificate = try #require(result.hops.last?.certificate)
        #expect(certificate.isVerified && certificate.subject == "CN=target" && certificate.names == "target.test")
        #expect(certificate.version == "TLS 1.2" && certificate.chainExpiry == certificate.earliestExpiry)
        #expect(result["probe_http_ssl"] == 1 && result.response.values("x-proxy").isEmpty)
        for phase in ["connect", "tls", "processing"] {
            #expect((result["probe_http_duration_seconds{phase=\"\(phase)\"}"] ?? 0) > 0, "\(phase)")
        }
        let heard = proxy.heard
        #expect(heard.contains("NAME localhost\n") && !heard.contains("NAME target.test"))
        #expect(heard.contains("CONNECT 127.0.0.1:\(target.port) HTTP/1.1\r\n"))
        #expect(heard.contains("X-Tunnel: a\r\n") && heard.contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n"))
    }

    /// A target without TLS stays one, whatever the proxy speaks.
    @Test func requestsThatArePassedOn() throws {
        let proxy = try TLSProxy(Self.authority.get(), "proxy")
        let server = ScriptedServer(.answer())
        let result = try Probing().probe(server.url + "/a", Self.keys(proxy, "", "fail_if_ssl: true"))
        #expect(result.isSuccess, "\(result.detail)")
        #expect(server.heard.map(\.target) == [server.url + "/a"])
        #expect(result["probe_http_ssl"] == 0 && result.hops.last?.certificate == nil)
        #expect(result["probe_ssl_earliest_cert_expiry"] == nil)
        #expect(result["probe_http_duration_seconds{phase=\"tls\"}"] == 0)
    }

    /// To a proxy that is not who it should be nothing is said, nor is its certificate taken for the target's.
    @Test(arguments: [("expired", "localhost"), ("self", "localhost"), ("target", "localhost"), ("proxy", "127.0.0.1")])
    func badProxies(name: String, host: String) throws {
        let authority = try Self.authority.get()
        let proxy = try TLSProxy(authority, name)
        let target = try TLSServer(authority, "target")
        let server = ScriptedServer(.answer())
        let probing = try Probing()
        for url in [server.url, "https://127.0.0.1:\(target.port)/"] {
            let result = try probing.probe(url, Self.keys(proxy, host: host))
            #expect(result.failure == .proxy && result.hops.last?.certificate == nil, "\(result.detail)")
            #expect(!result.detail.contains("secret"))
            #expect(result["probe_http_ssl"] == 0 && result["probe_ssl_earliest_cert_expiry"] == nil)
        }
        #expect(server.heard.isEmpty && !proxy.heard.contains("HTTP/1.1"))

        for url in [server.url, "https://127.0.0.1:\(target.port)/"] {
            let result = try probing.probe(url, Self.keys(proxy, "insecure_skip_verify: true", host: host))
            #expect(result.isSuccess, "\(result.detail)")
            #expect(result.hops.last?.certificate?.subject == (url == server.url ? nil : "CN=target"))
        }
    }

    @Test func aProxyByItsAddress() throws {
        let authority = try Self.authority.get()
        try authority.make("address", names: "IP:127.0.0.1")
        let proxy = try TLSProxy(authority, "address")
        let server = ScriptedServer(.answer())
        let result = try Probing().probe(server.url, Self.keys(proxy, host: "127.0.0.1"))
        #expect(result.isSuccess, "\(result.detail)")
    }

    /// A good proxy makes no bad target good.
    @Test func badTargets() throws {
        let authority = try Self.authority.get()
        let proxy = try TLSProxy(authority, "proxy")
        for (name, reason) in [("proxy", FailureReason.certificateName), ("expired", .certificateExpired)] {
            let target = try TLSServer(authority, name)
            let result = try Probing().probe("https://127.0.0.1:\(target.port)/", Self.keys(proxy))
            #expect(result.failure == reason && result["probe_ssl_verified"] == 0, "\(result.detail)")
        }
        let plain = ScriptedServer(hears: false) { _ in [.text("no TLS\r\n")] }
        #expect(try Probing().probe("https://127.0.0.1:\(plain.port)/", Self.keys(proxy)).failure == .tls)
    }

    @Test func versionsAndClientCertificates() throws {
        let authority = try Self.authority.get()
        let server = ScriptedServer(.answer())
        let old = try TLSProxy(authority, "proxy", version: "TLSv1_2")
        #expect(try Probing().probe(server.url, Self.keys(old, "min_version: TLS12")).isSuccess)
        #expect(try Probing().probe(server.url, Self.keys(old, "min_version: TLS13")).failure == .proxy)

        let folder = authority.folder
        folder.write("client", readBytes("\(folder.path)/proxy.crt") + readBytes("\(folder.path)/middle.crt"))
        let root = "\(folder.path)/root.crt"
        let strict = try TLSProxy(authority, "proxy", version: "TLSv1_2", clients: root)
        #expect(try Probing().probe(server.url, Self.keys(strict)).failure == .proxy)
        let certificate = "cert_file: \(folder.path)/client, key_file: \(folder.path)/proxy.key"
        let result = try Probing().probe(server.url, Self.keys(strict, certificate))
        #expect(result.isSuccess, "\(result.detail)")
    }

    @Test func aProxyWithoutTLS() throws {
        let plain = ScriptedServer(hears: false) { _ in [.text("no TLS\r\n")] }
        for url in ["http://127.0.0.1:9/", "https://127.0.0.1:9/"] {
            let result = try Probing().probe(url, "proxy_url: 'https://127.0.0.1:\(plain.port)'")
            #expect(result.failure == .proxy, "\(result.detail)")
        }
    }

    @Test func fromTheEnvironment() throws {
        let authority = try Self.authority.get()
        let proxy = try TLSProxy(authority, "proxy")
        let server = ScriptedServer(.answer())
        setenv("HTTP_PROXY", "https://localhost:\(proxy.port)", 1)
        defer { unsetenv("HTTP_PROXY") }
        let ca = "ca_file: \(authority.folder.path)/root.crt"
        let probing = try Probing()
        #expect(try probing.probe(server.url, "{proxy_from_environment: true, tls_config: {\(ca)}}").isSuccess)
        #expect(try probing.probe(server.url, "proxy_from_environment: true").failure == .proxy)
    }

    /// A token is asked for with the trust of `oauth2`, not with the module's.
    @Test func forATokenOfOAuth() throws {
        let authority = try Self.authority.get()
        let proxy = try TLSProxy(authority, "proxy")
        let tokens = ScriptedServer(.answer(200, [], "{\"access_token\": \"t1\"}"))
        let server = ScriptedServer(.answer())
        let ca = "ca_file: \(authority.folder.path)/root.crt"
        for (tls, isTrusted) in [("tls_config: {\(ca)}", true), ("tls_config: {}", false)] {
            let oauth = "client_id: a, token_url: '\(tokens.url)', proxy_url: 'https://localhost:\(proxy.port)', \(tls)"
            let result = try Probing().probe(server.url, "{oauth2: {\(oauth)}, tls_config: {\(ca)}}")
            #expect(result.failure == (isTrusted ? nil : .oauth), "\(result.detail)")
        }
        #expect(tokens.heard.count == 1 && server.heard.count == 1)
    }
}
