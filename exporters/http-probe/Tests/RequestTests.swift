import ExporterTesting
import Glibc
import Testing

@testable import HTTPProbe

/// What servers get to hear: methods, headers, bodies, credentials, and what redirects make of them.
@Suite(.serialized)
struct RequestTests {
    @Test func aPlainGet() throws {
        let server = ScriptedServer(.answer())
        #expect(try Probing().probe(server.url + "/a?b=c%20d").isSuccess)
        let heard = try #require(server.heard.first)
        #expect(heard.method == "GET" && heard.target == "/a?b=c%20d")
        #expect(heard["host"] == "127.0.0.1:\(server.port)")
        #expect(heard["user-agent"]?.hasPrefix("http-probe-exporter/") == true)
        #expect(heard["accept"] == nil && heard["accept-encoding"] == nil)
    }

    @Test(arguments: ["POST", "PUT", "HEAD", "DELETE", "PURGE"])
    func methods(method: String) throws {
        let server = ScriptedServer(.answer())
        #expect(try Probing().probe(server.url, "method: \(method)").isSuccess)
        #expect(server.heard.map(\.method) == [method])
    }

    @Test func bodies() throws {
        let folder = TemporaryFolder()
        folder.write("body.txt", "from a file\n")
        for (keys, body) in [
            ("{method: POST, body: 'a=1&b=2'}", "a=1&b=2"),
            ("{method: POST, body_file: \(folder.path)/body.txt}", "from a file\n"),
            ("{method: POST}", ""),
        ] {
            let server = ScriptedServer(.answer())
            #expect(try Probing().probe(server.url, keys).isSuccess)
            #expect(server.heard.first.map { String(decoding: $0.body, as: UTF8.self) } == body)
            #expect(server.heard.first?["content-type"] == nil)
            #expect(server.heard.first?["content-length"] == "\(body.utf8.count)")
        }
        let plan = try Probing.plan("{method: POST, body_file: \(folder.path)/body.txt}")
        unlink("\(folder.path)/body.txt")
        #expect(try Probing().probe("http://127.0.0.1:9", plan).failure == .configuration)
    }

    @Test func headersArriveAsTheyAre() throws {
        let server = ScriptedServer(.answer())
        let keys = "{headers: {Host: my-secret-vhost.com, User-Agent: unsuspicious user, Accept-Language: en-US}}"
        #expect(try Probing().probe(server.url, keys).isSuccess)
        let heard = try #require(server.heard.first)
        #expect(heard["host"] == "my-secret-vhost.com" && heard["user-agent"] == "unsuspicious user")
        #expect(heard["accept-language"] == "en-US")
        #expect(heard.headers.filter { $0.name == "user-agent" || $0.name == "host" }.count == 2)
    }

    @Test(arguments: [
        ("basic_auth: {username: user, password: secret}", "Basic dXNlcjpzZWNyZXQ="),
        ("bearer_token: token123", "Bearer token123"), ("authorization: {credentials: abc}", "Bearer abc"),
        ("authorization: {type: Token, credentials: abc}", "Token abc"),
    ])
    func credentials(keys: String, header: String) throws {
        let server = ScriptedServer(.answer())
        #expect(try Probing().probe(server.url, keys).isSuccess)
        #expect(server.heard.first?["authorization"] == header)
    }

    @Test func credentialsOfTheTargetsURL() throws {
        let server = ScriptedServer(.answer())
        let result = try Probing().probe("http://user:secret@127.0.0.1:\(server.port)/")
        #expect(result.isSuccess && server.heard.first?["authorization"] == "Basic dXNlcjpzZWNyZXQ=")
        #expect(!result.hops.contains { $0.url.contains("secret") })
    }

    @Test func secretsFromFilesAreReadAnew() throws {
        let folder = TemporaryFolder()
        let server = ScriptedServer(.answer())
        let probing = try Probing()
        folder.write("token", "none")
        let plan = try Probing.plan("bearer_token_file: \(folder.path)/token")
        for token in ["one", "two"] {
            folder.write("token", token + "\n")
            #expect(try probing.probe(server.url, plan).isSuccess)
        }
        #expect(server.heard.map { $0["authorization"] } == ["Bearer one", "Bearer two"])
    }

    @Test func digest() throws {
        let server = ScriptedServer { heard in
            guard heard["authorization"]?.hasPrefix("Digest ") == true else {
                return [
                    .answer(401, ["WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=MD5"])
                ]
            }
            return [.answer()]
        }
        #expect(try Probing().probe(server.url, "digest_auth: {username: user, password: secret}").isSuccess)
        #expect(server.heard.last?["authorization"]?.contains("username=\"user\"") == true)
    }

    @Test func signatures() throws {
        let server = ScriptedServer(.answer())
        let keys = "sigv4: {region: eu-west-1, access_key: AKID, secret_key: secret}"
        #expect(try Probing().probe(server.url, keys).isSuccess)
        let header = server.heard.first?["authorization"] ?? ""
        #expect(header.hasPrefix("AWS4-HMAC-SHA256 Credential=AKID/") && header.contains("/eu-west-1/execute-api/"))
    }

    /// One token serves many probes, until a server does not take it.
    @Test func oauthTokensAreKept() throws {
        let tokens = ScriptedServer(.answer(200, [], "{\"access_token\": \"t1\", \"expires_in\": 3600}"))
        let server = ScriptedServer { $0.target == "/denied" ? [.answer(401)] : [.answer()] }
        let probing = try Probing()
        let plan = try Probing.plan(
            "oauth2: {client_id: me, client_secret: secret, token_url: '\(tokens.url)/token', scopes: [a, b]}"
        )
        for _ in 0..<3 { #expect(try probing.probe(server.url, plan).isSuccess) }
        #expect(server.heard.map { $0["authorization"] } == ["Bearer t1", "Bearer t1", "Bearer t1"])
        #expect(tokens.heard.count == 1)
        #expect(
            tokens.heard.first.map { String(decoding: $0.body, as: UTF8.self) }
                == "grant_type=client_credentials&scope=a%20b"
        )
        #expect(try probing.probe(server.url + "/denied", plan).failure == .status)
        #expect(try probing.probe(server.url, plan).isSuccess)
        #expect(tokens.heard.count == 2)
        let broken = ScriptedServer(.answer(500))
        let failing = try Probing.plan("oauth2: {client_id: me, token_url: '\(broken.url)'}")
        #expect(try probing.probe(server.url, failing).failure == .oauth)
    }

    // MARK: Redirects

    @Test func redirectsAreFollowed() throws {
        let server = ScriptedServer {
            $0.target == "/" ? [.answer(302, ["Location: /there", "Set-Cookie: a=b"])] : [.answer()]
        }
        let result = try Probing().probe(server.url)
        #expect(result.isSuccess && result["probe_http_redirects"] == 1)
        #expect(server.heard.last?.target == "/there" && server.heard.last?["cookie"] == "a=b")
        let fresh = try Probing().probe(server.url + "/x")
        #expect(fresh.isSuccess && server.heard.last?["cookie"] == nil)
    }

    @Test func redirectsAreNotFollowedWhereAModuleSaysSo() throws {
        let server = ScriptedServer(.answer(302, ["Location: /there"]))
        let result = try Probing().probe(server.url, "{follow_redirects: false, valid_status_codes: [302]}")
        #expect(result.isSuccess && result["probe_http_redirects"] == 0 && server.heard.count == 1)
    }

    @Test func endlessRedirectsEnd() throws {
        let server = ScriptedServer(.answer(302, ["Location: /again"]))
        let result = try Probing().probe(server.url)
        #expect(result.failure == .redirects)
        #expect(result["probe_http_redirects"] == 11 && result["probe_http_status_code"] == 302)
        #expect(server.heard.count == 11)
    }

    @Test(arguments: [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
    func methodsOfRedirects(status: Int, method: String) throws {
        let server = ScriptedServer { $0.target == "/" ? [.answer(status, ["Location: /b"])] : [.answer()] }
        #expect(try Probing().probe(server.url, "{method: POST, body: x}").isSuccess)
        #expect(server.heard.last?.method == method)
        #expect(server.heard.last?.body == (method == "POST" ? [120] : []))
    }

    /// To the same host credentials go along, to another one they don't, nor back from there.
    @Test func credentialsStayAtTheirHost() throws {
        let other = ScriptedServer(.answer())
        let server = ScriptedServer { heard in
            switch heard.target {
            case "/same": [.answer(302, ["Location: /end"])]
            case "/other": [.answer(302, ["Location: http://localhost:\(other.port)/"])]
            default: [.answer()]
            }
        }
        let keys = """
            {preferred_ip_protocol: ip4, headers: {Authorization: Basic x, Cookie: c=d, X-Plain: p}, http_headers: {X-Key: {secrets: [s]}}}
            """
        #expect(try Probing().probe(server.url + "/same", keys).isSuccess)
        #expect(server.heard.last?["authorization"] == "Basic x" && server.heard.last?["x-key"] == "s")
        #expect(try Probing().probe(server.url + "/other", keys).isSuccess)
        let heard = try #require(other.heard.last)
        #expect(heard["authorization"] == nil && heard["cookie"] == nil && heard["x-key"] == nil)
        #expect(heard["x-plain"] == "p" && heard["host"] == "localhost:\(other.port)")
        #expect(try Probing().probe(server.url + "/other", "basic_auth: {username: u, password: p}").isSuccess)
        #expect(other.heard.last?["authorization"] == nil)
    }

    @Test(arguments: ["ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/"])
    func redirectsLeadToHTTPOnly(location: String) throws {
        let server = ScriptedServer(.answer(302, ["Location: \(location)"]))
        let result = try Probing().probe(server.url)
        #expect(result.failure == .refusedTarget)
    }

    @Test func theHostnameOfARequest() throws {
        let server = ScriptedServer(.answer())
        #expect(try Probing().probe(server.url, hostname: "foo.example.com").isSuccess)
        #expect(server.heard.first?["host"] == "foo.example.com")
    }

    // MARK: Steps

    @Test func stepsCarryValuesForward() throws {
        let server = ScriptedServer { heard in
            switch heard.target {
            case "/login": [.answer(200, ["X-Page: /account"], "{\"data\": {\"token\": \"t-7\"}}")]
            case "/account" where heard["authorization"] == "Bearer t-7": [.answer(200, [], "<b>hello</b>")]
            default: [.answer(403)]
            }
        }
        let keys = """
            fail_if_body_not_matches_regexp: [hello]
            steps:
              - {url: /login, method: POST, body: '{"user": 1}', capture: {token: {json: data.token}, page: {header: x-page}}}
              - {url: '${page}', headers: {Authorization: 'Bearer ${token}'}}
            """
        let result = try Probing().probe(server.url, keys)
        #expect(result.isSuccess && result.hops.count == 2, "\(result.detail)")
        #expect(server.heard.first.map { String(decoding: $0.body, as: UTF8.self) } == "{\"user\": 1}")
        let broken = try Probing().probe(server.url, keys.replacing("data.token", with: "data.nothing"))
        #expect(broken.failure == .capture && broken.hops.count == 1)
    }
}

extension String {
    func replacing(_ part: String, with other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
