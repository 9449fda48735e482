import ExporterTesting
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ExporterSDK

/// Who comes in, who does not, and who can't keep others out.
struct AuthenticationTests {
    private static let users = "basic_auth_users:\n  alice: \(Hashes.star)\n  bob: \(Hashes.slow)\n"

    private static let requests: [(headers: [String], status: Int)] = [
        ([], 401), (basic("alice", Hashes.starPassword), 200), (basic("bob", Hashes.slowPassword), 200),
        (basic("alice", Hashes.slowPassword), 401), (basic("carol", Hashes.starPassword), 401),
        (basic("alice", ""), 401),
        (basic("", ""), 401), (basic("Alice", Hashes.starPassword), 401), (basic("alice", "U*U\0"), 401),
        (basic("alice", "U*U\0more"), 401), (basic("alice", "U*U "), 401), (basic("fakeuser", "fakepassword"), 401),
        (["Authorization: Basic"], 401), (["Authorization: Basic !!!!"], 401), (["Authorization: Basic YWxpY2U="], 401),
        (["Authorization: Basic YWxpY2U6VSp"], 401), (["Authorization: Basic \(base64("alice:U*U"))="], 401),
        (["Authorization: basic \(base64("alice:U*U"))"], 200),
        (["authorization:Basic   \(base64("alice:U*U"))  "], 200),
        (["Authorization: Digest \(base64("alice:U*U"))"], 401), (["Authorization: \(base64("alice:U*U"))"], 401),
        (["Authorization: Bearer \(base64("alice:U*U"))"], 401), (["Authorization:"], 401),
        (basic("alice", Hashes.starPassword) + basic("alice", Hashes.starPassword), 401),
    ]

    @Test(arguments: requests)
    func whoComesIn(headers: [String], status: Int) throws {
        let server = try WebServer(Self.users)
        // Cold, and then with what is remembered.
        for _ in 0..<2 {
            let answer = try server.client.request("GET", "/metrics", headers: headers)
            #expect(answer.status == status)
            #expect(answer[header: "www-authenticate"] == (status == 401 ? "Basic" : nil))
        }
    }

    @Test func overTLSToo() throws {
        let server = try WebServer(tlsServer + Self.users)
        #expect(try server.curl().status == 401)
        #expect(try server.curl("/metrics", ["-u", "alice:U*U"]).status == 200)
        #expect(try server.curl("/metrics", ["-u", "alice:wrong"]).status == 401)
    }

    /// What is remembered of one user can't be spelt by another: CVE-2022-46146.
    @Test func aMemoryCanNotBeForged() throws {
        let server = try WebServer(Self.users)
        let right = try server.client.request("GET", "/metrics", headers: basic("alice", Hashes.starPassword))
        #expect(right.status == 200)
        let whole = "alice" + Hashes.star + Hashes.starPassword
        for cut in stride(from: 0, through: whole.count, by: 3) {
            let user = String(whole.prefix(cut))
            let password = String(whole.dropFirst(cut))
            let answer = try server.client.request("GET", "/metrics", headers: basic(user, password))
            #expect(answer.status == 401 || answer.status == 429)
        }
        for (user, password) in [("carol", "U*U"), ("alice:", "U*U"), ("alicE", "U*U"), ("alice", "U*U:U*U")] {
            let answer = try server.client.request("GET", "/metrics", headers: basic(user, password))
            #expect(answer.status == 401 || answer.status == 429)
        }
    }

    @Test func allPathsAreProtectedButThoseThatSayOtherwise() throws {
        let closed = try WebServer(Self.users)
        for path in ["/", "/metrics", "/-/healthy", "/none"] {
            #expect(try closed.client.request("GET", path).status == 401, "\(path)")
            #expect(try closed.client.request("POST", path).status == 401, "\(path)")
        }
        #expect(try closed.client.request("GET", "/open").status == 200)
        let open = try WebServer(Self.users + "exporter_settings:\n  health_without_authentication: true\n")
        #expect(try open.client.request("GET", "/-/healthy").status == 200)
        #expect(try open.client.request("GET", "/metrics").status == 401)
        #expect(try open.client.request("GET", "/-/healthy/").status == 401)
    }

    @Test func headersAreOnEveryAnswer() throws {
        let headers = [
            "Strict-Transport-Security: max-age=31536000", "X-Content-Type-Options: nosniff", "X-Frame-Options: deny",
            "X-XSS-Protection: '1; mode=block'", "Content-Security-Policy: \"default-src 'self'\"",
        ]
        let server = try WebServer(
            Self.users + "http_server_config:\n  headers:\n" + headers.map { "    \($0)\n" }.joined()
        )
        for (path, authorization, status) in [
            ("/metrics", basic("alice", Hashes.starPassword), 200), ("/metrics", [], 401),
            ("/none", basic("alice", Hashes.starPassword), 404),
        ] {
            let answer = try server.client.request("GET", path, headers: authorization)
            #expect(answer.status == status)
            #expect(answer[header: "strict-transport-security"] == "max-age=31536000")
            #expect(answer[header: "x-frame-options"] == "deny")
            #expect(answer[header: "x-xss-protection"] == "1; mode=block")
            #expect(answer[header: "content-security-policy"] == "default-src 'self'")
            #expect(answer.headers.count { $0.name == "x-content-type-options" } == 1)
        }
    }

    // MARK: Tokens

    @Test func tokensComeFromAFile() throws {
        let tokens = "0123456789abcdefA\n\n  0123456789abcdefB  \n"
        let server = try WebServer("exporter_settings: {bearer_tokens_file: tokens}", files: ["tokens": tokens])
        func status(_ value: String) throws -> Int {
            try server.client.request("GET", "/metrics", headers: ["Authorization: \(value)"]).status
        }
        #expect(try status("Bearer 0123456789abcdefA") == 200)
        #expect(try status("bearer 0123456789abcdefB") == 200)
        for value in [
            "Bearer 0123456789abcdef", "Bearer 0123456789abcdefAB", "Bearer ", "Bearer", "Basic YTpi",
        ] {
            #expect(try status(value) == 401, "\(value)")
        }
        #expect(try server.client.request("GET", "/metrics")[header: "www-authenticate"] == "Bearer")
        // A token that is changed counts from the next look at the file.
        server.folder.write("tokens", "another-token-for-all\n")
        #expect(eventually { (try? status("Bearer another-token-for-all")) == 200 })
        #expect(try status("Bearer 0123456789abcdefA") == 401)
    }

    // MARK: Floods

    /// Right and wrong ones at once, each on its own connection: nobody is taken for another.
    @Test func manyAtOnceAreToldApart() throws {
        let server = try WebServer(Self.users)
        let connections = try (0..<300).map { number in
            let connection = try server.client.connect(timeoutSeconds: 60)
            let password = number % 2 == 0 ? Hashes.starPassword : "wrong"
            let header = basic("alice", password)[0]
            try connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\(header)\r\n\r\n")
            return connection
        }
        for (number, connection) in connections.enumerated() {
            let status = try connection.readResponse().status
            #expect(number % 2 == 0 ? status == 200 : status == 401)
        }
    }

    /// While 300 wrong passwords come at once, a scraper that is known does not wait for their checks to end.
    @Test func wrongPasswordsDoNotDelayAScraper() throws {
        // A check of the victim's takes twice as long as one of the scraper's.
        let victim = try #require(PasswordHash.decoy(cost: 11)).text
        let server = try WebServer("basic_auth_users: {bob: \(Hashes.slow), victim: \(victim)}")
        let header = basic("bob", Hashes.slowPassword)
        #expect(try server.client.request("GET", "/metrics", headers: header).status == 200)
        let flood = try (0..<300).map { number in
            let connection = try server.client.connect(timeoutSeconds: 120)
            try connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\(basic("victim", "wrong\(number)")[0])\r\n\r\n")
            return connection
        }
        for _ in 0..<20 { #expect(try server.client.request("GET", "/metrics", headers: header).status == 200) }
        #expect(server.count(.unauthorized) < 20, "the scraper has waited for most of the checks")
        var statuses: [Int: Int] = [:]
        for connection in flood {
            let answer = try connection.readResponse()
            statuses[answer.status, default: 0] += 1
            #expect((answer[header: "retry-after"] != nil) == (answer.status == 429))
        }
        // Few are checked; the others are told to come again, and counted.
        #expect(statuses[200] == nil)
        #expect((1...40).contains(statuses[401] ?? 0))
        #expect((statuses[401] ?? 0) + (statuses[429] ?? 0) == 300)
        #expect(eventually { server.count(.loginLimit) == statuses[429] })
        #expect(eventually { server.count(.unauthorized) == statuses[401] })
        // After a while, who mistyped may try again.
        #expect(
            eventually {
                (try? server.client.request("GET", "/metrics", headers: basic("bob", "another")).status) == 401
            }
        )
    }

    // MARK: Rates

    @Test func withoutALimitNobodyIsHeldBack() throws {
        let server = try WebServer("")
        for _ in 0..<10 { #expect(try server.client.request("GET", "/metrics").status == 200) }
    }

    @Test func beyondTheLimitRequestsAreRefused() throws {
        let server = try WebServer("rate_limit: {interval: 1h, burst: 2}")
        var statuses: [Int] = []
        for _ in 0..<4 { statuses.append(try server.client.request("GET", "/metrics").status) }
        #expect(statuses == [200, 200, 429, 429])
        let refused = try server.client.request("GET", "/metrics")
        #expect(refused.text == "Too Many Requests\n")
        #expect(refused[header: "retry-after"].flatMap { Int($0) }.map { $0 > 3000 && $0 <= 3600 } == true)
        #expect(eventually { server.count(.rateLimit) == 3 })
    }

    @Test func strangersCanNotUseUpTheLimit() throws {
        let server = try WebServer(Self.users + "rate_limit: {interval: 1h, burst: 3}\n")
        var statuses: [Int] = []
        for _ in 0..<5 { statuses.append(try server.client.request("GET", "/metrics").status) }
        #expect(statuses == [401, 401, 401, 429, 429])
        let header = basic("alice", Hashes.starPassword)
        for _ in 0..<3 { #expect(try server.client.request("GET", "/metrics", headers: header).status == 200) }
        #expect(try server.client.request("GET", "/metrics", headers: header).status == 429)
    }

    @Test func healthIsNotLimitedWhereItIsOpen() throws {
        let own = "exporter_settings: {health_without_authentication: true}\n"
        let server = try WebServer("rate_limit: {interval: 1h}\n" + own)
        for _ in 0..<5 { #expect(try server.client.request("GET", "/-/healthy").status == 200) }
        #expect(try server.client.request("GET", "/metrics").status == 200)
        #expect(try server.client.request("GET", "/metrics").status == 429)
    }
}
