import ExporterSDK
import ExporterTesting
import Instruments
import Testing

@testable import WebVitals

/// Our agent's messages, and its script.
struct AgentTests {
    private static let labels = "{site=\"local\",page=\"/a\",device=\"desktop\"}"

    private static func message(_ view: String = "1", seq: Int = 0, nav: String = "navigate", _ more: String = "")
        -> String
    {
        "{\"v\":1,\"view\":\"\(view)\",\"seq\":\(seq),\"page\":\"/a\",\"nav\":\"\(nav)\"\(more.isEmpty ? "" : "," + more)}"
    }

    @Test func aViewIsAllItsMetrics() throws {
        let receiving = try Receiving()
        receiving.send(
            Self.message(
                "1",
                """
                "files":{"script":1,"image":2,"total":9},"bytes":{"script":1000},"transfer":{"script":1300},\
                "api":{"2xx":3,"5xx":1,"failed":1},"error":{"TypeError":2,"Evil\\n":1},"rejection":{"RangeError":1},\
                "resource":{"img":1},"long":{"tasks":2,"ms":300},"visible":{"ms":12000},\
                "images":{"png/oversized":1,"webp/ok":2,"tiff/legacy":1},"wasted":{"png":5000},\
                "m":{"fcp":1200,"lcp":2000,"cls":0.4,"inp":96,"ttfb":80,"tti":2374.7,"tbt":100,"si":2500,"load":1500,"di":900},\
                "tti":"reached","weight":{"total":100000,"script":1000},\
                "entry":true,"end":true,"engaged":true,"continued":false,"view_ms":12000
                """
            )
        )
        receiving.settle()
        let comparison = golden(receiving.samples.joined(separator: "\n") + "\n", "agent.samples")
        #expect(!comparison.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(comparison.actual == comparison.expected)
    }

    /// A view's counts come in parts and are added; its vitals are the last ones.
    @Test func laterMessagesOfAView() throws {
        let receiving = try Receiving()
        receiving.send(Self.message(seq: 0, "\"error\":{\"Error\":1},\"m\":{\"cls\":0.1,\"fcp\":900}"))
        receiving.send(Self.message(seq: 1, "\"error\":{\"Error\":2},\"m\":{\"cls\":0.2,\"fcp\":900}"))
        receiving.settle()
        #expect(receiving["web_js_errors_total{site=\"local\",page=\"/a\",kind=\"error\",class=\"Error\"}"] == 3)
        #expect(receiving["web_vitals_cumulative_layout_shift_sum\(Self.labels)"] == 0.2)
        #expect(receiving["web_vitals_first_contentful_paint_seconds_count\(Self.labels)"] == 1)
        #expect(
            receiving["web_page_views_total{site=\"local\",page=\"/a\",device=\"desktop\",navigation=\"navigate\"}"]
                == 1
        )
        // Later than that, counts are still added, and vitals are not.
        receiving.send(Self.message(seq: 2, "\"error\":{\"Error\":4},\"m\":{\"cls\":0.3,\"fcp\":900}"))
        receiving.settle()
        #expect(receiving["web_js_errors_total{site=\"local\",page=\"/a\",kind=\"error\",class=\"Error\"}"] == 7)
        #expect(receiving["web_vitals_cumulative_layout_shift_count\(Self.labels)"] == 1)
        #expect(receiving.rejected(.lateUpdate) == 1)
    }

    /// Of two replicas, the one that got only the second message of a view does not count its vitals again.
    @Test func anotherReplicaDoesNotCountAViewAgain() throws {
        let (one, two) = (try Receiving(), try Receiving())
        one.send(Self.message(seq: 0, "\"m\":{\"cls\":0.1}"))
        two.send(Self.message(seq: 1, "\"error\":{\"Error\":1},\"m\":{\"cls\":0.2}"))
        one.settle()
        two.settle()
        #expect(one["web_vitals_cumulative_layout_shift_sum\(Self.labels)"] == 0.1)
        #expect(two["web_vitals_cumulative_layout_shift_count\(Self.labels)"] == 0)
        #expect(two.rejected(.lateUpdate) == 1)
        // What came since is counted by whoever got it.
        #expect(two["web_js_errors_total{site=\"local\",page=\"/a\",kind=\"error\",class=\"Error\"}"] == 1)
    }

    /// Two messages that overtake each other: the later one counts, whichever came first.
    @Test func aLateMessageDoesNotUndoALaterOne() throws {
        let receiving = try Receiving()
        for sequence in [0, 2, 1] { receiving.send(Self.message(seq: sequence, "\"m\":{\"cls\":0.\(sequence)1}")) }
        receiving.settle()
        #expect(receiving["web_vitals_cumulative_layout_shift_sum\(Self.labels)"] == 0.21)
        #expect(receiving["web_vitals_cumulative_layout_shift_count\(Self.labels)"] == 1)
    }

    /// A browser without the Navigation API does not say where a visitor goes.
    @Test func whatIsGuessedIsCountedApart() throws {
        let receiving = try Receiving()
        receiving.send(Self.message("1", "\"entry\":true,\"end\":true,\"guessed\":true"))
        let labels = "{site=\"local\",page=\"/a\",device=\"desktop\",basis=\"fallback\"}"
        #expect(receiving["web_visits_ended_total\(labels)"] == 1)
        #expect(receiving["web_bounces_total\(Self.labels)"] == 1)
    }

    @Test func theSameMessageTwiceCountsOnce() throws {
        let receiving = try Receiving()
        for _ in 0..<3 { receiving.send(Self.message("7", "\"error\":{\"Error\":1},\"m\":{\"fcp\":900}")) }
        receiving.settle()
        #expect(receiving["web_js_errors_total{site=\"local\",page=\"/a\",kind=\"error\",class=\"Error\"}"] == 1)
        #expect(receiving.rejected(.duplicate) == 2)
    }

    @Test(arguments: [
        (false, false, 1.0, 0.0), (true, false, 0, 1), (false, true, 0, 1), (true, true, 0, 1),
    ])
    func bounces(engaged: Bool, continued: Bool, bounces: Double, engagements: Double) throws {
        let receiving = try Receiving()
        let end = "\"end\":true,\"engaged\":\(engaged),\"continued\":\(continued),\"view_ms\":100"
        receiving.send(Self.message("1", "\"entry\":true,\(end)"))
        // A page within a visit is no visit.
        receiving.send(Self.message("2", end))
        #expect(receiving["web_visits_total\(Self.labels)"] == 1)
        let labels = "{site=\"local\",page=\"/a\",device=\"desktop\",basis=\"navigation\"}"
        #expect(receiving["web_visits_ended_total\(labels)"] == 1)
        #expect(receiving["web_bounces_total\(Self.labels)"] == bounces)
        #expect(receiving["web_visits_engaged_total\(Self.labels)"] == engagements)
        #expect(receiving["web_page_visible_seconds_count\(Self.labels)"] == 2)
    }

    /// One page load in ten is measured, and stands for ten.
    @Test(arguments: [
        ("0.1", 10.0), ("1", 1), ("0.0001", 1000), ("0", 1), ("-1", 1), ("2", 1), ("null", 1), ("\"0.1\"", 1),
    ])
    func samplesAreWeighted(rate: String, weight: Double) throws {
        let receiving = try Receiving()
        receiving.send(Self.message("1", "\"sr\":\(rate),\"error\":{\"Error\":2},\"m\":{\"fcp\":900}"))
        receiving.settle()
        #expect(
            receiving["web_js_errors_total{site=\"local\",page=\"/a\",kind=\"error\",class=\"Error\"}"] == 2 * weight
        )
        #expect(receiving["web_vitals_first_contentful_paint_seconds_count\(Self.labels)"] == weight)
        let told = (weight > 1 ? Double(rate) : nil) ?? 1
        #expect(receiving["web_sample_rate{site=\"local\"}"] == told)
    }

    @Test func aDrivenBrowserIsNoVisitor() throws {
        let receiving = try Receiving { $0.countsBots = false }
        receiving.send(Self.message("1", "\"bot\":true,\"m\":{\"fcp\":900}"))
        receiving.settle()
        #expect(receiving["beacon_bots_total{kind=\"webdriver\"}"] == 1)
        #expect(!receiving.samples.contains { $0.hasPrefix("web_") })
    }

    /// Whatever stands where a number or object should, the rest of the message is taken.
    @Test(arguments: [
        "null", "1", "-1", "1e999", "\"x\"", "true", "[1]", "{}", "{\"a\":null}", "{\"ms\":-5}", "{\"ms\":1e300}",
        "{\"2xx\":1.5}",
    ])
    func wrongTypes(value: String) throws {
        for field in [
            "seq", "page", "nav", "entry", "end", "engaged", "view_ms", "sr", "m", "tti", "weight", "error", "api",
            "bytes", "images", "long", "visible", "bot", "x",
        ] {
            if field == "bot" && value == "true" { continue }
            let receiving = try Receiving()
            receiving.send("{\"view\":\"1\",\"\(field)\":\(value),\"files\":{\"css\":1}}")
            receiving.settle()
            #expect(
                receiving.samples.contains { $0.hasPrefix("web_resource_files_total") && $0.contains("css") },
                "\(field): \(value)"
            )
        }
    }

    /// Counts near the edges of integers are dropped, and never trap.
    @Test func hugeCounts() throws {
        let receiving = try Receiving()
        for count in ["1e12", "999999999999", "1e18", "9223372036854775807", "1e308"] {
            receiving.send(
                "{\"view\":\"\(count)\",\"sr\":0.001,\"bytes\":{\"css\":\(count)},\"long\":{\"tasks\":\(count),\"ms\":\(count)},\"error\":{\"Error\":\(count)},\"visible\":{\"ms\":\(count)}}"
            )
        }
        receiving.settle()
        #expect(receiving.service.registry.rejected == 0)
    }

    // MARK: The script

    @Test func theScriptIsSmall() {
        let agent = AgentScript()
        #expect(agent.compressedCount <= 6_000)
        #expect(!String(decoding: agent.bytes, as: UTF8.self).contains("\n//"))
    }

    /// FIPS 180-4 has the first two.
    @Test func hashes() {
        func hex(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        #expect(
            hex(SHA384.hash(Array("abc".utf8)))
                == "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        )
        #expect(
            hex(SHA384.hash([]))
                == "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"
        )
        for count in [111, 112, 127, 128, 129, 240] {
            #expect(SHA384.hash([UInt8](repeating: 97, count: count)).count == 48)
        }
    }
}
