import ExporterSDK
import ExporterTesting
import Exposition
import Testing

@testable import WebVitals

/// What the whole internet may try, against the receiver as a whole.
struct ThreatTests {
    private static func metric(_ page: String) -> String {
        "{\"name\":\"TTFB\",\"value\":5,\"page\":\"\(page)\"}"
    }

    @Test func sizesAtTheEdge() throws {
        let receiving = try Receiving()
        var body = Array(Self.metric("/a").utf8)
        body += [UInt8](repeating: UInt8(ascii: " "), count: 65_536 - body.count)
        #expect(receiving.send(body).status == 204)
        #expect(receiving.samples.contains { $0.hasPrefix("web_vitals_time_to_first_byte_seconds_count") })
        #expect(receiving.send(body + [UInt8(ascii: " ")]).status == 413)
        #expect(receiving.rejected(.tooLarge) == 1)
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"name\":\"FCP\",\"value\":", "{\"meta\":{\"page\":", "{\"view\":{\"view\":"])
    func deepNesting(piece: String) throws {
        let receiving = try Receiving { $0.bodyBytesMax = 10_000_000 }
        receiving.send(String(repeating: piece, count: 100_000))
        #expect(receiving.rejected(.depth) + receiving.rejected(.json) == 1)
    }

    /// Items of several pages in one beacon are each counted for their own, and each that has no place is told.
    @Test func pagesOfOneBeacon() throws {
        let receiving = try Receiving {
            $0.pages.pagesMax = 2
            $0.pages.networks = 1
        }
        let pages = ["/a", "/a", "/b", "/b", "/c", "/c", "/c", "/a", "about:blank"]
        receiving.send("[" + pages.map { Self.metric($0) }.joined(separator: ",") + "]")
        receiving.send(Self.metric("/c"))
        let counts = ["/a", "/b", "/c", "other", "unknown"].map { page in
            let labels = "{site=\"local\",page=\"\(page)\",device=\"desktop\"}"
            return receiving["web_vitals_time_to_first_byte_seconds_count\(labels)"]
        }
        #expect(counts == [3, 2, 0, 4, 1])
        #expect(receiving["beacon_label_overflow_total{label=\"page\"}"] == 4)
    }

    /// Series are the same after many paths as after a few. `PageTests` and the benchmark have a million of them.
    @Test func manyPaths() throws {
        let receiving = try Receiving { settings in
            settings.clientRate = 0
            settings.globalRate = 0
        }
        func send(_ number: Int) {
            let word = String(number, radix: 26).map {
                Character(UnicodeScalar(UInt8(ascii: "g") + UInt8($0.hexDigitValue ?? 9)))
            }
            receiving.send(
                Self.metric("/x\(String(word))/\(number % 7)?\(number)"),
                from: "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
            )
        }
        for number in 0..<2_000 { send(number) }
        let before = receiving.samples.count
        for number in 2_000..<20_000 { send(number) }
        #expect(receiving.samples.count <= before)
        #expect(receiving.service.look(now: receiving.now).pages <= 50)
        #expect(receiving["beacon_label_overflow_total{label=\"page\"}"] > 18_000)
    }

    /// Those who invent pages take no place from pages that are there.
    @Test func realPagesKeepTheirPlaces() throws {
        let receiving = try Receiving()
        receiving.send(Self.metric("/real"))
        for number in 0..<5_000 {
            receiving.now += 1
            receiving.send(Self.metric("/fake\(number % 1000)x"), from: "10.0.\(number >> 8 & 255).\(number & 255)")
        }
        receiving.send(Self.metric("/real"))
        #expect(
            receiving["web_vitals_time_to_first_byte_seconds_count{site=\"local\",page=\"/real\",device=\"desktop\"}"]
                == 2
        )
    }

    /// Quotes, line feeds, braces, bytes that are no UTF-8: the exposition stays one, and holds no line that was sent.
    @Test(arguments: [
        "/a\\\"} 1\\nevil_total 7\\n#", "/a{b=\\\"c\\\"}", "/\\u0000\\u0007", "/\u{202E}abc", "/a\\\\", "/\\ud800",
        "/<script>alert(1)</script>",
    ])
    func injection(page: String) throws {
        let receiving = try Receiving()
        receiving.send(Self.metric(page))
        receiving.send(
            "{\"v\":1,\"view\":\"1\",\"seq\":0,\"page\":\"\(page)\",\"nav\":\"\(page)\",\"error\":{\"\(page)\":1},\"api\":{\"\(page)\":1}}"
        )
        receiving.settle()
        let exposition = try TextParser.parse(Array(receiving.exposition.utf8))
        #expect(!exposition.families.contains { $0.name == "evil_total" })
        #expect(lint(exposition) == [])
    }

    @Test func bytesThatAreNoText() throws {
        let receiving = try Receiving()
        var body = Array("{\"name\":\"TTFB\",\"value\":5,\"page\":\"/".utf8)
        body += [0xFF, 0xFE, 0xC0, 0x80, 0xED, 0xA0, 0x80]
        body += Array("\"}".utf8)
        receiving.send(body)
        #expect(receiving.samples.contains { $0.contains("page=\"/:id\"") })
        #expect(throws: Never.self) { try TextParser.parse(Array(receiving.exposition.utf8)) }
    }

    /// All formats, mutated: nothing traps, and what is exported stays well-formed and bounded.
    @Test(arguments: [
        ("boomerang", "application/x-www-form-urlencoded"), ("faro-2.10", "application/json"),
        ("reporting-nel", "application/reports+json"), ("webvitals-v6-chromium156", "text/plain"),
    ])
    func fuzzing(file: String, type: String) throws {
        let receiving = try Receiving { settings in
            settings.clientRate = 0
            settings.globalRate = 0
        }
        let seeds = Capture.all(file + ".jsonl").map(\.body).filter { !$0.isEmpty && $0.count < 4_000 }
        var count = 0
        fuzz(
            file,
            seeds: seeds,
            tokens: [
                "\"page\":\"/", "\"value\":", "null", "1e999", "{", "}", "[", "]", "&", "=", "%", "u=", "rt.quit=1",
                "\"view\":\"1\",",
            ],
            iterations: 2_000
        ) { input in
            count += 1
            if count % 50 == 0 { receiving.now += 11 }
            receiving.send(input, type: type)
        }
        receiving.settle()
        let exposition = try TextParser.parse(Array(receiving.exposition.utf8))
        #expect(lint(exposition) == [])
        #expect(receiving.service.look(now: receiving.now).pages <= 50)
    }
}
