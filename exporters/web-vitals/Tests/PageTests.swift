import ExporterSDK
import ExporterTesting
import StrictYAML
import Testing

@testable import WebVitals

/// From what a client calls a page to a label.
struct PageTests {
    @Test(arguments: [
        ("http://127.0.0.1:8801/route/1795474154910?token=secret#frag", "/route/1795474154910"),
        ("https://shop.example", "/"), ("https://shop.example?x=/y", "/"), ("/a;jsessionid=1/b", "/a"),
        ("//evil.example/a", "/a"), ("/posts/[id]", "/posts/[id]"), ("about:blank", nil), ("data:text/html,x", nil),
        ("javascript:alert(1)", nil), ("", nil), ("checkout", nil), ("file:///etc/passwd", nil),
    ])
    func pathOfAddress(address: String, path: String?) {
        #expect(PageAddress.path(of: Bytes(address))?.text == path)
    }

    @Test(arguments: [
        ("/", "/"), ("", "/"), ("//", "/"), ("/index.html", "/index.html"), ("/a//b/", "/a/b"), ("/a/./../b", "/a/b"),
        ("/user/8842/orders", "/user/:id/orders"), ("/posts/[id]", "/posts/[id]"), ("/posts/:slug/*", "/posts/:slug/*"),
        ("/docs/[...path]", "/docs/[...path]"), ("/x/{id}/<name>", "/x/{id}/<name>"),
        ("/o/550e8400-e29b-41d4-a716-446655440000", "/o/:id"), ("/c/d6f8a91c", "/c/:id"),
        ("/c/deadbeef", "/c/deadbeef"),
        ("/c/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/c/:id"), ("/d/2026-11-24", "/d/:id"),
        ("/d/20261124", "/d/:id"),
        ("/u/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/u/:id"), ("/n/V1StGXR8_Z5jdHi6B-myT", "/n/:id"),
        ("/m/ann@example.org", "/m/:id"),
        ("/m/ann%40example.org", "/m/:id"), ("/p/%2e%2e/x", "/p/x"), ("/v2/api", "/v2/api"), ("/page-2", "/page-2"),
        ("/%FF%FE", "/:id"), ("/a%00b", "/:id"), ("/a%0Ab", "/:id"), ("/\u{FC}ber", "/\u{FC}ber"),
        ("/%C3%BCber", "/\u{FC}ber"),
        ("/a/b/c/d/e/f/g/h", "/a/b/c/d/e/f/*"), ("/" + String(repeating: "x", count: 41), "/:id"),
        ("/%252Fx", "/%2Fx"), ("/full%", "/full%"), ("/order-12345678", "/:id"),
    ])
    func label(path: String, label: String) {
        var normalizer = PageNormalizer(slugsMax: 10)
        let actual = normalizer.label(of: Bytes(path), site: 0)
        #expect(actual == label)
    }

    @Test func titlesStayWhileTheyAreFew() {
        var normalizer = PageNormalizer(slugsMax: 3)
        let labels = (0..<6).map { number in
            let word = ["one", "two", "three", "four", "five", "six"][number]
            return normalizer.label(of: Bytes("/blog/how-we-did-\(word)"), site: 0)
        }
        #expect(
            labels == ["/blog/how-we-did-one", "/blog/how-we-did-two", "/blog/how-we-did-three"]
                + Array(repeating: "/blog/:slug", count: 3)
        )
        // Once they are many, they are all one.
        let later = [("/blog", 0), ("/blog", 1), ("/news", 0)].map { parent, site in
            normalizer.label(of: Bytes("\(parent)/how-we-did-one"), site: site)
        }
        #expect(later == ["/blog/:slug", "/blog/how-we-did-one", "/news/how-we-did-one"])
    }

    /// A label is text, short, and begins with a slash, whatever comes.
    @Test func fuzzing() throws {
        var normalizer = PageNormalizer(slugsMax: 10)
        let seeds = ["/user/8842/orders?x=1", "/posts/[id]", "/a-b-c/%C3%BC/%FF/..;x", "https://a.example:1/x/y/z"]
        try fuzz(
            "page",
            seeds: seeds.map { Array($0.utf8) },
            tokens: ["/", "%", "%2F", ":", "[", "]", "//", "http://"]
        ) { input in
            guard let path = PageAddress.path(of: input[...]) else { return }
            let label = normalizer.label(of: path, site: 0)
            guard label.hasPrefix("/"), label.utf8.count <= 128, !label.utf8.contains(where: { $0 < 0x20 }) else {
                throw UsageError("label: \(label)")
            }
        }
    }

    @Test(arguments: [
        ("/", "/", true), ("/orders/:id", "/orders/7", true), ("/orders/:id", "/orders/7/x", false),
        ("/orders/:id", "/orders", false), ("/orders/[id]", "/orders/[id]", true), ("/docs/**", "/docs", true),
        ("/docs/**", "/docs/a/b/c", true), ("/docs/**", "/doc", false), ("/a/*/c", "/a/b/c/", true),
        ("/a", "//a", true),
        ("/a", "/A", false),
    ])
    func pattern(pattern: String, path: String, isMatch: Bool) {
        #expect(PagePattern(pattern)?.matches(Bytes(path)) == isMatch)
    }

    @Test(arguments: ["", "orders", "/a/**/b", "/" + String(repeating: "a", count: 200)])
    func badPattern(text: String) { #expect(PagePattern(text) == nil) }

    // MARK: The table

    @Test func onceHalfOfThePlacesAreTakenAPageNeedsSeveralNetworks() {
        var table = PageTable(limits: .init(pagesMax: 4, totalMax: 100, networks: 3, idleSeconds: 100))
        func admit(_ page: String, _ network: UInt64, configured: Bool = false) -> Bool {
            table.admit(page, site: 0, isConfigured: configured, network: network, now: 0)
        }
        #expect(admit("/a", 1) && admit("/b", 1))
        // One client can't have the rest, however often it asks.
        for number in 0..<5_000 { #expect(!admit("/x\(number)", 1)) }
        #expect(!admit("/c", 1))
        #expect(!admit("/c", 1))
        #expect(!admit("/c", 2))
        #expect(admit("/c", 3))
        #expect(admit("/c", 9))
        // Routes of the configuration need no place.
        for number in 0..<20 { #expect(admit("/route\(number)", 1, configured: true)) }
        #expect(!admit("/d", 1) && !admit("/d", 2) && admit("/d", 3))
        #expect(!admit("/e", 1) && !admit("/e", 2) && !admit("/e", 3) && !admit("/e", 4))
        #expect(table.count == 24)
    }

    /// Each is asked for once, from a network of its own: half of the places are taken, and the page that was there stays.
    @Test func aMillionPages() {
        var table = PageTable(limits: PageTable.Limits())
        func admit(_ page: String, _ network: Int) -> Bool {
            table.admit(page, site: 0, isConfigured: false, network: UInt64(network), now: 0)
        }
        #expect(admit("/real", 0))
        let admitted = (0..<1_000_000).filter { admit("/x\($0)", $0) }.count
        #expect(admitted == 24)
        #expect(table.count == 25)
        #expect(admit("/real", 0))
    }

    @Test func idlePagesGiveTheirPlaceBack() {
        var table = PageTable(limits: .init(pagesMax: 2, totalMax: 2, networks: 1, idleSeconds: 100))
        func admit(_ page: String, now: Double) -> Bool {
            table.admit(page, site: 0, isConfigured: false, network: 0, now: now)
        }
        #expect(admit("/a", now: 0) && admit("/b", now: 50) && !admit("/c", now: 60))
        let expired = table.expire(now: 101).map(\.page)
        #expect(expired == ["/a"])
        #expect(admit("/c", now: 102) && !admit("/a", now: 103))
    }
}
