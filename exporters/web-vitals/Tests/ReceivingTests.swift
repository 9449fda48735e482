import ExporterSDK
import ExporterTesting
import Testing

@testable import WebVitals

/// What becomes of what browsers send, kind by kind.
struct ReceivingTests {
    private static let labels = "{site=\"local\",page=\"/a\",device=\"desktop\"}"

    private static func metric(_ name: String, _ value: String, id: String = "", more: String = "") -> String {
        let id = id.isEmpty ? "" : ",\"id\":\"\(id)\""
        return "{\"name\":\"\(name)\",\"value\":\(value)\(id),\"navigationURL\":\"http://127.0.0.1:8801/a?x=1\"\(more)}"
    }

    @Test func aMetricIsAHistogram() throws {
        let receiving = try Receiving()
        let response = receiving.send(Self.metric("FCP", "1800"))
        #expect(response.status == 204 && response.body.isEmpty)
        let stem = "web_vitals_first_contentful_paint_seconds"
        #expect(receiving["\(stem)_count\(Self.labels)"] == 1)
        #expect(receiving["\(stem)_sum\(Self.labels)"] == 1.8)
        // The edge of good is a bound, and a value on it is good.
        #expect(receiving["\(stem)_bucket{site=\"local\",page=\"/a\",device=\"desktop\",le=\"1.8\"}"] == 1)
        #expect(receiving["\(stem)_bucket{site=\"local\",page=\"/a\",device=\"desktop\",le=\"1.5\"}"] == 0)
        #expect(receiving["beacon_requests_total{format=\"web-vitals\",outcome=\"accepted\"}"] == 1)
    }

    /// Versions 2 to 6, arrays, lines, Next.js and what people make of it.
    @Test(arguments: [
        (#"{"name":"FCP","value":10,"delta":10,"id":"v2-1","entries":[]}"#, 1),
        (#"{"name":"FID","value":10,"delta":10,"id":"v3-1","navigationType":"navigate"}"#, 1),
        (#"{"name":"CLS","value":0.1,"id":"v4-1-2","page_location":"https://shop.example/b?c"}"#, 1),
        (#"{"id":"1","name":"Next.js-hydration","startTime":10,"value":64.2,"label":"custom"}"#, 1),
        (#"{"id":"1","name":"FCP","startTime":10,"value":64.2,"label":"web-vital","attribution":{"a":[1]}}"#, 1),
        (#"[{"name":"FCP","value":1},{"name":"TTFB","value":2}]"#, 2),
        ("{\"name\":\"FCP\",\"value\":1}\n{\"name\":\"TTFB\",\"value\":2}\n", 2),
        ("  [ {\"value\":1,\"name\":\"FCP\"} ]  ", 1),
    ])
    func everyShapeIsTaken(body: String, count: Int) throws {
        let receiving = try Receiving()
        receiving.send(body)
        receiving.settle()
        let counts = receiving.samples.filter { $0.contains("_count{") }
        #expect(counts.count == count, "\(receiving.samples)")
    }

    /// No content type, JSON, and whatever else: a beacon is what it looks like.
    @Test(arguments: [nil, "application/json", "text/plain", "TEXT/PLAIN; charset=x", "application/octet-stream", ""])
    func theContentTypeDoesNotMatter(type: String?) throws {
        let receiving = try Receiving()
        receiving.send(Array(Self.metric("TTFB", "5").utf8), type: type)
        #expect(receiving["web_vitals_time_to_first_byte_seconds_count\(Self.labels)"] == 1)
    }

    @Test(arguments: [
        ("null", Rejection.null), ("\"12\"", .notANumber), ("true", .notANumber), ("[1]", .notANumber),
        ("{}", .notANumber), ("1e999", .outOfRange), ("-1e999", .outOfRange), ("-1", .negative), ("-0.0001", .negative),
        ("600001", .outOfRange), ("1e308", .outOfRange), ("0", .outOfRange), ("-0", .outOfRange),
    ])
    func aValueThatCannotBeIsRefused(value: String, reason: Rejection) throws {
        let receiving = try Receiving()
        // Its neighbours are not lost.
        receiving.send("[\(Self.metric("FCP", "5")),\(Self.metric("TTFB", value)),\(Self.metric("LCP", "7"))]")
        receiving.settle()
        #expect(receiving.rejected(reason) == 1)
        #expect(receiving["web_vitals_time_to_first_byte_seconds_count\(Self.labels)"] == 0)
        #expect(receiving["web_vitals_first_contentful_paint_seconds_count\(Self.labels)"] == 1)
        #expect(receiving["web_vitals_largest_contentful_paint_seconds_count\(Self.labels)"] == 1)
    }

    /// A wrong type in any field costs that field at most.
    @Test(arguments: ["delta", "id", "navigationType", "page", "navigationURL", "rating", "entries", "attribution"])
    func wrongTypesInFields(field: String) throws {
        for value in ["null", "1", "\"x\"", "true", "[[]]", "{\"a\":{}}", "-1e999"]
        where !(field == "delta" && value == "1") {
            let receiving = try Receiving()
            receiving.send("{\"\(field)\":\(value),\"name\":\"TTFB\",\"value\":12}")
            #expect(
                receiving.samples.contains { $0.hasPrefix("web_vitals_time_to_first_byte_seconds_count") },
                "\(value)"
            )
        }
    }

    @Test(arguments: [
        ("{}", Rejection.noName), ("{\"value\":1}", .noName), ("{\"name\":\"XYZ\",\"value\":1}", .unknownMetric),
        ("{\"name\":\"FCP\"}", .notANumber), ("{\"name\":[],\"value\":1}", .noName), ("[1]", .unknownShape),
        ("7", .unknownShape), ("", .json), ("{", .json), ("{\"name\":\"FCP\",", .json), ("xyz", .json),
        ("[[\(metric("FCP", "1"))]]", .unknownShape), ("\u{FEFF}{}", .json),
    ])
    func whatIsNoBeaconIsCounted(body: String, reason: Rejection) throws {
        let receiving = try Receiving()
        // The answer is the same as always: who tries gets to know nothing.
        #expect(receiving.send(body).status == 204)
        #expect(receiving.rejected(reason) == 1, "\(receiving.samples)")
    }

    @Test func whatCameBeforeAnErrorIsKept() throws {
        let receiving = try Receiving()
        receiving.send(Self.metric("TTFB", "5") + "\n{\"name\":")
        #expect(receiving["web_vitals_time_to_first_byte_seconds_count\(Self.labels)"] == 1)
        #expect(receiving.rejected(.json) == 1)
    }

    @Test func aBeaconTellsSoMuchAndNoMore() throws {
        let receiving = try Receiving()
        receiving.send("[" + Array(repeating: Self.metric("TTFB", "5"), count: 70).joined(separator: ",") + "]")
        #expect(receiving["web_vitals_time_to_first_byte_seconds_count\(Self.labels)"] == 64)
        #expect(receiving.rejected(.tooManyItems) == 6)
    }

    // MARK: Settling

    /// The layout shift of a page that is hidden, shown and hidden again: the last value counts, once.
    @Test func laterValuesReplaceEarlierOnes() throws {
        let receiving = try Receiving()
        let series = "web_vitals_cumulative_layout_shift"
        receiving.send(Self.metric("CLS", "0.01", id: "v5-1", more: ",\"delta\":0.01"))
        receiving.now += 5
        receiving.send(Self.metric("CLS", "0.3", id: "v5-1", more: ",\"delta\":0.29"))
        #expect(receiving["\(series)_count\(Self.labels)"] == 0)
        receiving.settle()
        #expect(receiving["\(series)_count\(Self.labels)"] == 1)
        #expect(receiving["\(series)_sum\(Self.labels)"] == 0.3)
        // Too late, and what a histogram has counted it can't take back.
        receiving.send(Self.metric("CLS", "0.4", id: "v5-1", more: ",\"delta\":0.1"))
        receiving.settle()
        #expect(receiving["\(series)_count\(Self.labels)"] == 1)
        #expect(receiving.rejected(.lateUpdate) == 1)
    }

    /// Two replicas behind a balancer: the one that did not see the first value does not count the second.
    @Test func anotherReplicaDoesNotCountAnUpdate() throws {
        let (one, two) = (try Receiving(), try Receiving())
        one.send(Self.metric("CLS", "0.01", id: "v5-1", more: ",\"delta\":0.01"))
        two.send(Self.metric("CLS", "0.3", id: "v5-1", more: ",\"delta\":0.29"))
        one.settle()
        two.settle()
        let series = "web_vitals_cumulative_layout_shift_count\(Self.labels)"
        #expect(one[series] + two[series] == 1)
        #expect(two.rejected(.lateUpdate) == 1)
    }

    @Test func theSameIDThreeTimesCountsOnce() throws {
        let receiving = try Receiving()
        for _ in 0..<3 { receiving.send(Self.metric("FCP", "900", id: "v6-1", more: ",\"delta\":900")) }
        for _ in 0..<3 { receiving.send(Self.metric("LCP", "900", id: "v6-2", more: ",\"delta\":900")) }
        receiving.settle()
        for _ in 0..<3 { receiving.send(Self.metric("LCP", "900", id: "v6-2", more: ",\"delta\":900")) }
        receiving.settle()
        #expect(receiving["web_vitals_first_contentful_paint_seconds_count\(Self.labels)"] == 1)
        #expect(receiving["web_vitals_largest_contentful_paint_seconds_count\(Self.labels)"] == 1)
        #expect(receiving.rejected(.duplicate) == 5)
    }

    @Test func whatWaitsIsBounded() throws {
        let receiving = try Receiving { $0.waitingMax = 8 }
        for number in 0..<100 { receiving.send(Self.metric("LCP", "900", id: "v6-\(number)")) }
        #expect(receiving.service.look(now: receiving.now).waiting == 8)
        #expect(receiving["web_vitals_largest_contentful_paint_seconds_count\(Self.labels)"] == 92)
        receiving.settle()
        #expect(receiving["web_vitals_largest_contentful_paint_seconds_count\(Self.labels)"] == 100)
    }

    /// A clock that goes back does not settle early, trap, or wait for ever.
    @Test func aClockThatJumps() throws {
        let receiving = try Receiving()
        receiving.send(Self.metric("LCP", "900", id: "v6-1"))
        receiving.now -= 5_000
        receiving.send(Self.metric("LCP", "900", id: "v6-2"))
        receiving.now += 10_000
        receiving.settle()
        #expect(receiving["web_vitals_largest_contentful_paint_seconds_count\(Self.labels)"] == 2)
    }

    /// Nor does it let more in, or keep anybody out for longer than the pause that it made up.
    @Test func aClockThatJumpsAndTheRates() throws {
        let receiving = try Receiving { settings in
            settings.clientRate = 10
            settings.clientBurst = 10
            settings.globalRate = 20
            settings.globalBurst = 20
        }
        func taken() -> Int {
            (0..<50).filter { _ in receiving.send(Self.metric("TTFB", "5")).status == 204 }.count
        }
        #expect(taken() == 10)
        receiving.now -= 5_000
        #expect(taken() == 0)
        receiving.now += 1
        #expect(taken() == 10)
        receiving.now += 1e9
        #expect(taken() == 10)
    }

    // MARK: Navigations

    /// What came out of the back/forward cache has a time to first byte of 0, and paints in two frames: it would make
    /// every percentile better.
    @Test(arguments: ["back-forward-cache", "soft-navigation", "prerender"])
    func viewsThatAreNoLoadsAreApart(navigation: String) throws {
        let receiving = try Receiving()
        for (name, value) in [("TTFB", "0"), ("FCP", "31"), ("LCP", "29"), ("CLS", "0"), ("INP", "8")] {
            receiving.send(Self.metric(name, value, more: ",\"navigationType\":\"\(navigation)\""))
        }
        receiving.settle()
        #expect(!receiving.samples.contains { $0.hasPrefix("web_vitals_") })
        #expect(receiving["beacon_items_total{metric=\"ttfb\",outcome=\"apart\"}"] == 1)
    }

    @Test func softNavigationsCountByAFlag() throws {
        let receiving = try Receiving { $0.countsSoftNavigations = true }
        for (name, value) in [("TTFB", "0"), ("LCP", "145")] {
            receiving.send(Self.metric(name, value, more: ",\"navigationType\":\"soft-navigation\""))
        }
        receiving.settle()
        #expect(receiving["web_vitals_largest_contentful_paint_seconds_count\(Self.labels)"] == 1)
        #expect(receiving["web_vitals_time_to_first_byte_seconds_count\(Self.labels)"] == 0)
    }

    // MARK: Devices

    @Test(arguments: [
        ("?0", "", "desktop"), ("?1", "", "mobile"), ("", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Safari", "mobile"),
        ("", "Mozilla/5.0 (iPad; CPU OS 19_0)", "other"), ("", "Mozilla/5.0 (Windows NT 10.0) Firefox/150", "desktop"),
        ("", "Mozilla/5.0 (X11; Linux x86_64) Firefox/150", "desktop"), ("", "curl/8", "other"), ("", "", "other"),
        ("?2", "x", "other"),
    ])
    func theDevice(hint: String, agent: String, device: String) throws {
        let receiving = try Receiving()
        receiving.send(Self.metric("TTFB", "5"), headers: ["sec-ch-ua-mobile": hint, "user-agent": agent])
        #expect(receiving.samples.contains { $0.contains("device=\"\(device)\"") })
    }

    /// The page is, in this order: its template, `navigationURL`, an address in the body, the Referer, unknown.
    @Test(arguments: [
        (#","page":"/t/[id]","navigationURL":"http://x/n","url":"http://x/u""#, "/t/[id]"),
        (#","navigationURL":"http://x/n?a","url":"http://x/u""#, "/n"), (#","url":"http://x/u?token=1""#, "/u"),
        (#","path":"/p""#, "/p"), (#","href":"/h""#, "/h"), (#","page":null"#, "/shop.html"), ("", "/shop.html"),
        (#","page":"about:blank""#, "unknown"),
    ])
    func thePage(fields: String, page: String) throws {
        let receiving = try Receiving()
        receiving.send("{\"name\":\"TTFB\",\"value\":5\(fields)}")
        #expect(receiving.samples.contains { $0.contains("page=\"\(page)\"") }, "\(receiving.samples)")
    }
}
