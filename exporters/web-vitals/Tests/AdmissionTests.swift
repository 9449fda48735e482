import ExporterSDK
import ExporterTesting
import StrictYAML
import Testing

@testable import WebVitals

/// Who may send beacons, how many, and what a browser is told.
struct AdmissionTests {
    private static let body = Array("{\"name\":\"TTFB\",\"value\":5}".utf8)

    // MARK: Origins

    @Test(arguments: [
        ("https://shop.example", "https://shop.example", true), ("https://shop.example", "http://shop.example", false),
        ("https://shop.example", "https://shop.example:8443", false),
        ("https://shop.example", "https://shop.example.evil", false),
        ("https://shop.example", "https://evilshop.example", false),
        ("https://shop.example:8443", "https://shop.example:8443", true),
        ("https://*.shop.example", "https://a.shop.example", true),
        ("https://*.shop.example", "https://a.b.shop.example", true),
        ("https://*.shop.example", "https://shop.example", false),
        ("https://*.shop.example", "https://evilshop.example", false),
        ("https://*.shop.example", "https://.shop.example", false),
        ("http://localhost:*", "http://localhost:3000", true),
        ("http://localhost:*", "http://localhost", true), ("http://localhost:*", "http://localhost.evil:3000", false),
        ("http://[::1]:*", "http://[::1]:3000", true), ("https://shop.example", "https://shop.example/", false),
        ("https://shop.example", "https://user@shop.example", false), ("https://shop.example", "null", false),
        ("https://shop.example", "", false), ("https://shop.example", "https://", false),
    ])
    func origins(pattern: String, origin: String, isMatch: Bool) {
        #expect((OriginPattern(pattern).map { Origin(Bytes(origin)).map($0.matches) ?? false }) == isMatch)
    }

    @Test(arguments: [
        "", "shop.example", "ftp://shop.example", "https://*", "https://a.*.example", "https://", "https://a/b", "*",
    ])
    func badOriginPatterns(text: String) { #expect(OriginPattern(text) == nil) }

    @Test(arguments: [
        "http://evil.example", "http://127.0.0.1.evil.example", "https://shop.example", "null",
        "http://127.0.0.1:80@evil",
        "file://", "",
    ])
    func otherOriginsAreRefused(origin: String) throws {
        let receiving = try Receiving()
        let response = receiving.send(Self.body, headers: ["origin": origin.isEmpty ? "x" : origin, "referer": ""])
        #expect(response.status == 403)
        #expect(!response.headers.contains { $0.name.hasPrefix("Access-Control") })
        #expect(receiving.rejected(.origin) == 1)
        #expect(!receiving.samples.contains { $0.hasPrefix("web_") })
    }

    /// An image has no origin, but the page that asked for it is named.
    @Test func withoutAnOriginTheRefererTells() throws {
        let receiving = try Receiving()
        #expect(receiving.send(Self.body, headers: ["origin": ""]).status == 204)
        #expect(receiving.send(Self.body, headers: ["origin": "", "referer": ""]).status == 403)
        #expect(
            receiving.send(Self.body, headers: ["origin": "", "referer": "http://evil.example/http://localhost"]).status
                == 403
        )
    }

    // MARK: What a browser is told

    /// A beacon of JSON is lost where the answer to its question is `*`.
    @Test func aPreflightAllowsWhatIsAskedFor() throws {
        let receiving = try Receiving()
        let asked = "content-type,x-api-key,x-faro-session-id,idempotency-key,x-never-seen"
        let response = receiving.send([], headers: ["access-control-request-headers": asked], method: .options)
        let headers = Dictionary(response.headers.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(response.status == 204)
        #expect(headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:8801")
        #expect(headers["Access-Control-Allow-Credentials"] == "true")
        #expect(headers["Access-Control-Allow-Headers"] == asked)
        #expect(headers["Vary"] == "Origin")
        #expect(headers["Access-Control-Max-Age"] == "7200")
        #expect(!receiving.samples.contains { $0.hasPrefix("beacon_requests_total") })
    }

    @Test(arguments: ["x\r\nSet-Cookie: a=b", "a<b>", String(repeating: "x", count: 2000), "\u{0}"])
    func whatIsNoHeaderNameIsNotEchoed(asked: String) throws {
        let receiving = try Receiving()
        let response = receiving.send([], headers: ["access-control-request-headers": asked], method: .options)
        #expect(response.status == 204)
        #expect(!response.headers.contains { $0.name == "Access-Control-Allow-Headers" })
    }

    @Test func answersHaveWhatAPageNeedsToReadThem() throws {
        let receiving = try Receiving()
        for response in [receiving.send(Self.body), receiving.send([UInt8](repeating: 32, count: 65_537))] {
            #expect(response.headers.contains { $0.name == "Access-Control-Allow-Origin" })
        }
        #expect(receiving.send(Self.body, at: .faro).status == 202)
        // Text that a page sends and forgets: it does not see the answer, but its embedder's policy does.
        let unseen = receiving.send(Self.body, headers: ["sec-fetch-mode": "no-cors"])
        #expect(unseen.headers.map(\.name) == ["Timing-Allow-Origin", "Cross-Origin-Resource-Policy"])
    }

    // MARK: Floods

    @Test func aClientHasItsRate() throws {
        let receiving = try Receiving { settings in
            settings.clientRate = 10
            settings.clientBurst = 20
        }
        var taken = 0
        for _ in 0..<100 where receiving.send(Self.body).status == 204 { taken += 1 }
        #expect(taken == 20)
        let refused = receiving.send(Self.body)
        #expect(refused.status == 429)
        #expect(refused.headers.contains { $0.name == "Retry-After" })
        // Others are not its victims, and after a second it has ten again.
        #expect(receiving.send(Self.body, from: "192.0.2.8").status == 204)
        receiving.now += 1
        taken = 0
        for _ in 0..<100 where receiving.send(Self.body).status == 204 { taken += 1 }
        #expect(taken == 10)
        #expect(receiving.rejected(.rateClient) == 171)
    }

    /// The addresses of one household are one client; those of two are two.
    @Test func aClientOfIPv6IsAHousehold() throws {
        let receiving = try Receiving { $0.clientBurst = 1 }
        #expect(receiving.send(Self.body, from: "2001:db8::1").status == 204)
        #expect(receiving.send(Self.body, from: "2001:db8::ffff:2").status == 429)
        #expect(receiving.send(Self.body, from: "2001:db8:0:1::1").status == 204)
    }

    /// From 10,000 addresses, each within its rate, the rate of all holds; memory is as it was.
    @Test func aFloodFromManyAddresses() throws {
        let receiving = try Receiving { settings in
            settings.globalRate = 100
            settings.globalBurst = 500
            settings.clientsMax = 1024
        }
        var taken = 0
        for number in 0..<10_000 {
            let address = "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
            if receiving.send(Self.body, from: address).status == 204 { taken += 1 }
        }
        #expect(taken == 500)
        #expect(receiving.rejected(.rateGlobal) == 9_500)
    }

    @Test func bucketsForgetWhoWasQuietLongest() {
        var buckets = ClientBuckets(rate: 1, burst: 1, clients: 4, now: 0)
        func take(_ client: UInt64, _ now: Double) -> Bool { buckets.take(client, now: now) }
        for client in 1...4 { #expect(take(UInt64(client), Double(client))) }
        #expect(!take(4, 4.1))
        // A fifth takes the place of the first, who has a full bucket again when it comes back.
        #expect(take(5, 5))
        #expect(take(1, 5.1))
        #expect(!take(5, 5.2))
    }

    // MARK: Addresses

    @Test(arguments: [
        ([], "192.0.2.1", ["198.51.100.1"], "192.0.2.1"),
        (["192.0.2.0/24"], "192.0.2.1", ["198.51.100.1"], "198.51.100.1"),
        (["192.0.2.0/24"], "203.0.113.1", ["198.51.100.1"], "203.0.113.1"),
        // What a client writes itself stands before what the proxies append.
        (["192.0.2.0/24"], "192.0.2.1", ["1.2.3.4, 198.51.100.1, 192.0.2.9"], "198.51.100.1"),
        (["192.0.2.0/24"], "192.0.2.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
        (["192.0.2.0/24"], "192.0.2.1", ["nonsense"], "192.0.2.1"),
        (["192.0.2.0/24"], "192.0.2.1", ["nonsense, 192.0.2.9"], "192.0.2.9"),
        (["192.0.2.0/24"], "192.0.2.1", [], "192.0.2.1"),
        (["2001:db8::/32"], "2001:db8::1", ["2001:db9::7"], "2001:db9::7"),
        (["::1"], "::1", [String(repeating: "1.1.1.1,", count: 10_000) + "198.51.100.1"], "198.51.100.1"),
    ])
    func theClientsAddress(proxies: [String], peer: String, forwarded: [String], client: String) throws {
        let address = try ClientAddress(trustedProxies: proxies).address(peer: IPAddress(peer), forwardedFor: forwarded)
        #expect(address == IPAddress(client))
    }

    @Test(arguments: ["", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129", "10.0.0.0/8/8"])
    func badProxies(text: String) {
        #expect(throws: UsageError.self) { try ClientAddress(trustedProxies: [text]) }
    }

    @Test func rangesOfAddresses() throws {
        let range = try #require(AddressRange("10.1.0.0/16"))
        #expect(range.contains(try #require(IPAddress("10.1.255.255"))))
        #expect(!range.contains(try #require(IPAddress("10.2.0.0"))))
        #expect(try #require(AddressRange("0.0.0.0/0")).contains(try #require(IPAddress("8.8.8.8"))))
        #expect(try #require(AddressRange("::/0")).contains(try #require(IPAddress("8.8.8.8"))))
        #expect(try #require(AddressRange("10.0.0.1")).contains(try #require(IPAddress("::ffff:10.0.0.1"))))
    }

    // MARK: Who is no visitor

    @Test(arguments: [
        ("Mozilla/5.0 (X11) HeadlessChrome/156", Bot.headless), ("Mozilla/5.0 Chrome-Lighthouse", .lab),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", .crawler), ("Mozilla/5.0 AhrefsBot/7", .crawler),
        ("UptimeMonitor/1", .crawler),
    ])
    func programsAreCountedApart(agent: String, bot: Bot) throws {
        let receiving = try Receiving { $0.countsBots = false }
        #expect(receiving.send(Self.body, headers: ["user-agent": agent]).status == 204)
        #expect(receiving["beacon_bots_total{kind=\"\(bot.rawValue)\"}"] == 1)
        #expect(!receiving.samples.contains { $0.hasPrefix("web_") })
        receiving.send(Self.body, headers: ["user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/150"])
        #expect(receiving.samples.contains { $0.hasPrefix("web_") })
    }

    @Test(arguments: [["sec-gpc": "1"], ["dnt": "1"]])
    func privacySignalsAreHonouredByAFlag(headers: [String: String]) throws {
        let deaf = try Receiving()
        deaf.send(Self.body, headers: headers)
        #expect(deaf.samples.contains { $0.hasPrefix("web_") })
        let receiving = try Receiving { $0.honoursPrivacySignals = true }
        #expect(receiving.send(Self.body, headers: headers).status == 204)
        #expect(receiving.rejected(.privacy) == 1)
        #expect(!receiving.samples.contains { $0.hasPrefix("web_") })
    }

    // MARK: The file of sites

    @Test func sitesAreReadAndReadAnew() throws {
        let folder = TemporaryFolder()
        folder.write(
            "sites.yml",
            "sites:\n  - name: shop\n    origins: [\"https://shop.example\"]\n    pages: [/, \"/p/:id\"]\n"
        )
        let receiving = try Receiving(BeaconSettings(), sitesFile: folder.path + "/sites.yml")
        let shop = ["origin": "https://shop.example", "referer": "https://shop.example/p/8?x"]
        #expect(receiving.send(Self.body, headers: shop).status == 204)
        #expect(receiving.samples.contains { $0.contains("site=\"shop\",page=\"/p/:id\"") })
        #expect(receiving.send(Self.body).status == 403)
        folder.write(
            "sites.yml",
            "sites:\n  - name: other\n    origins: [\"http://127.0.0.1:*\"]\n    only_these_pages: true\n"
        )
        try receiving.service.prepareReload()()
        #expect(receiving.send(Self.body, headers: shop).status == 403)
        #expect(receiving.send(Self.body).status == 204)
        #expect(receiving.samples.contains { $0.contains("site=\"other\",page=\"other\"") })
        folder.write("sites.yml", "sites: []\n")
        #expect(throws: UsageError.self) { try receiving.service.prepareReload() }
        #expect(receiving.send(Self.body).status == 204)
    }

    @Test(arguments: [
        "", "sites: []", "sites:\n  - name: a", "sites:\n  - {name: a, origins: []}",
        "sites:\n  - {name: \"\", origins: [\"https://a\"]}",
        "sites:\n  - {name: a, origins: [shop.example]}", "sites:\n  - {name: a, origins: [\"https://a\"], pages: [x]}",
        "sites:\n  - {name: a, origins: [\"https://a\"], page: [/]}",
        "sites:\n  - {name: a, origins: [\"https://a\"]}\n  - {name: a, origins: [\"https://b\"]}",
    ])
    func badFilesOfSites(text: String) {
        let folder = TemporaryFolder()
        folder.write("sites.yml", text)
        #expect(throws: UsageError.self) { try Receiving(BeaconSettings(), sitesFile: folder.path + "/sites.yml") }
    }
}
