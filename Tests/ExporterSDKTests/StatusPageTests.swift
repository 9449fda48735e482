import Exposition
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ExporterSDK

/// The page at `/`: what it says before its script runs, and what the script gets.
struct StatusPageTests {
    private let scraper = Scraper([
        .good(TagA.self, "test_a"),
        .scripted(TagB.self) { _, _ throws(CollectorError) in throw .failed("<script>\"&'") },
        .scripted(TagC.self) { _, _ throws(CollectorError) in throw .absent("<b>") },
    ])

    private func get(_ path: String, _ plots: [Plot], _ snippets: [Snippet] = []) async throws -> HTTPResponse {
        let page = StatusPage(
            identity: ExporterIdentity(program: "test-exporter", namespace: "test", summary: "A < B."),
            telemetryPath: "/a\"b",
            scraper: scraper,
            plots: plots,
            snippets: snippets
        )
        let request = HTTPRequest(
            method: .GET,
            target: RequestTarget(path),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next()
        )
        return try await Router(page.routes).respond(to: request).get()
    }

    private func text(_ path: String, _ plots: [Plot] = [], snippets: [Snippet] = []) async throws -> String {
        String(buffer: try await get(path, plots, snippets).body)
    }

    private func states() async throws -> [Substring] {
        try await text("/").split(separator: "\n").filter { $0.hasPrefix("<tr id=") }
    }

    @Test func itTellsOfTheLastScrapeAndEscapes() async throws {
        #expect(try await states().count { $0.contains("state waiting") } == 3)
        _ = try scraper.text(.only(["a"]))
        #expect(try await states().map { $0.contains("state ok") } == [true, false, false])
        _ = try scraper.text()
        let rows = try await states()
        #expect(rows[1].contains("failed"))
        #expect(rows[1].contains("<small>&lt;script&gt;&quot;&amp;&#39;</small>"))
        #expect(rows[2].contains("state absent") && rows[2].contains("&lt;b&gt;"))
        let html = try await text("/")
        #expect(html.contains("1 of 3 collectors failing"))
        #expect(html.contains("A &lt; B."))
        #expect(html.contains("href=\"a&quot;b\""))
        #expect(!html.contains("<b>") && !html.contains("<script>"))
    }

    @Test func theStateIsJSON() async throws {
        _ = try scraper.text()
        let status = try await text("/status.json")
        #expect(status.hasPrefix(#"{"collectors":[{"name":"a","state":"ok","milliseconds":"#))
        #expect(status.contains(#""series":1.0,"remark":""},{"name":"b","state":"failed""#))
        // Also nothing that could end a script's tag.
        #expect(status.contains(#""remark":"\u003cscript>\"&'"}"#))
    }

    @Test func aFailureIsRememberedWhenItIsOver() async throws {
        let isBroken = Count()
        let scraper = Scraper([
            .scripted(TagA.self) { _, _ throws(CollectorError) in if isBroken.next() == 1 { throw .failed("once") } }
        ])
        _ = try scraper.text()
        #expect(scraper.lastFailures["a"]?.reason == "once")
        _ = try scraper.text()
        #expect(scraper.reports["a"]?.isFailure == false)
        #expect(scraper.lastFailures["a"]?.reason == "once")
    }

    @Test func onlyPlotsOfEnabledCollectorsAreDrawn() async throws {
        let html = try await text(
            "/",
            [
                Plot("Shown </script>", .ratio, .rate("m", where: "l", isNot: "v"), over: .value("n"), collector: "a"),
                Plot("Hidden", .bytes, .value("m"), collector: "not_enabled"),
            ]
        )
        #expect(html.contains(#""title":"Shown \u003c/script>","unit":"ratio""#))
        #expect(html.contains(#"[{"metric":"m","rate":true,"label":"l","value":"v","not":true,"quantile":null}]"#))
        #expect(html.contains(#""collectors":["a"]"#))
        #expect(!html.contains("Hidden"))
    }

    @Test func aPercentileHasItsBands() async throws {
        let plot = Plot(
            "p",
            .number,
            .quantile(0.75, of: "h"),
            bands: Plot.Bands(good: 0.1, poor: 0.25),
            collector: "a"
        )
        let html = try await text("/", [plot])
        #expect(html.contains(#""bands":[0.1,0.25]"#))
        #expect(html.contains(#""metric":"h","rate":false,"label":null,"value":null,"not":false,"quantile":0.75"#))
    }

    @Test func snippetsAreShownAsTheyAre() async throws {
        let html = try await text("/", snippets: [Snippet("A & B", "<script src=\"x\"></script>")])
        #expect(html.contains("<h2>A &amp; B</h2><pre>&lt;script src=&quot;x&quot;&gt;&lt;/script&gt;</pre>"))
    }

    @Test(arguments: ["/", "/status.json", "/page.js", "/page.css"])
    func nothingComesFromElsewhere(path: String) async throws {
        let answer = try await get(path, [])
        let policy = try #require(answer.headers.first(name: "Content-Security-Policy"))
        #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
        #expect(answer.headers["Cache-Control"] == ["no-store"])
        let text = String(buffer: answer.body)
        for sign in ["https://", "//cdn", "src=\"/", "href=\"/", "onclick", "style=\"", "eval("] {
            #expect(!text.contains(sign), "\(sign)")
        }
    }

    @Test(
        arguments: [
            (.null, "null"), (.flag(true), "true"), (.number(1.5), "1.5"), (.number(.nan), "null"),
            (.number(.infinity), "null"), (.text("a\"b\\c\n\u{0}<\u{2028}é"), #""a\"b\\c\u000a\u0000\u003c\u2028é""#),
            (.list([.null, .text("x")]), #"[null,"x"]"#), (.object([("a\"", .list([]))]), #"{"a\"":[]}"#),
        ] as [(JSONValue, String)]
    )
    func writesJSON(value: JSONValue, text: String) { #expect(value.text == text) }
}
