import ExporterTesting
import Glibc
import Testing

/// Two replicas behind a balancer, scraped by a real Prometheus while visitors come: what PromQL says is what they sent.
@Suite(.serialized)
struct WebVitalsReplicasTests {
    /// A page view, as our agent tells it in two messages; numbers in ms.
    private struct View {
        let number: Int

        /// Evenly from 1.5 ms to 3 s, so that a quantile within a bucket is where interpolation says.
        var firstPaint: Double { 1.5 * Double(number * 1_009 % WebVitalsReplicasTests.viewsCount + 1) }
        /// A quarter of the visitors leave before it.
        var largestPaint: Double? { number % 4 == 0 ? nil : firstPaint + 500 }
        /// What was known first, and at the end.
        var layoutShifts: (first: Double, last: Double) { (0.01, 0.3) }
        var isBounce: Bool { number % 5 < 2 }

        // A balancer does not care who got a view's first message.
        var firstReplica: Int { number % 2 }
        var lastReplica: Int { number / 2 % 2 }

        private func message(_ sequence: Int, _ shift: Double, _ more: String) -> String {
            let largest = largestPaint.map { ",\"lcp\":\($0)" } ?? ""
            return
                "{\"v\":1,\"view\":\"\(number)\",\"seq\":\(sequence),\"page\":\"/\",\"nav\":\"navigate\",\"entry\":true,"
                + "\"m\":{\"fcp\":\(firstPaint),\"cls\":\(shift)\(largest)}\(more)}"
        }

        var first: String { message(0, layoutShifts.first, "") }

        var last: String {
            message(1, layoutShifts.last, ",\"end\":true,\"engaged\":\(!isBounce),\"continued\":false,\"view_ms\":5000")
        }
    }

    private static let viewsCount = 2_000

    private let replicas: [RunningExporter]
    private let proxy: HeaderProxy
    private let prometheus: Prometheus

    init() throws {
        replicas = try (0..<2).map { _ in
            try RunningExporter("web-vitals-collector", ["--limit.client-rate=0", "--settle.time=2s"])
        }
        // One is scraped as OpenMetrics, the other one as plain text: their series are the same.
        proxy = try HeaderProxy(before: replicas[1], accept: "text/plain;version=0.0.4", encoding: "")
        let rules = SourceTree.package().root + "/exporters/web-vitals/alerts.yml"
        prometheus = try Prometheus(
            targets: ["127.0.0.1:\(replicas[0].port)", "127.0.0.1:\(proxy.port)"],
            job: "web-vitals",
            rules: try #require(readFile(rules))
        )
    }

    /// Connections that are kept, as those of a balancer are.
    private struct Balancer {
        let connections: [HTTPClient.Connection]

        init(_ replicas: [RunningExporter]) throws { connections = try replicas.map { try $0.client.connect() } }

        func send(_ body: String, to replica: Int) throws {
            let lines = [
                "POST /beacon HTTP/1.1", "Host: x", "Content-Length: \(body.utf8.count)",
                "Origin: http://127.0.0.1:8801", "Content-Type: text/plain", "sec-ch-ua-mobile: ?0",
            ]
            try connections[replica].send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
            #expect(try connections[replica].readResponse().status == 204)
        }
    }

    @Test func whatPromQLSaysIsWhatWasSent() throws {
        let views = (0..<Self.viewsCount).map(View.init)
        let balancer = try Balancer(replicas)
        func send(_ view: View) throws {
            try balancer.send(view.first, to: view.firstReplica)
            try balancer.send(view.last, to: view.lastReplica)
        }
        // All series have to be there before they grow, or their first increase is not seen: each replica has two views.
        let first = views.prefix(4)
        for view in first { try send(view) }
        let largestPaints = Double(first.compactMap(\.largestPaint).count)
        #expect(
            eventually {
                value("sum(web_vitals_cumulative_layout_shift_count)") == Double(first.count)
                    && value("sum(web_vitals_largest_contentful_paint_seconds_count)") == largestPaints
            }
        )
        for view in views.dropFirst(4) {
            try send(view)
            // About the thousand a second of a large site.
            usleep(500)
        }
        let total = Double(views.count)
        #expect(eventually { value("sum(web_vitals_cumulative_layout_shift_count)") == total })

        try expectWhatWasCounted(views)
        try expectWhatWasRecorded(views)
    }

    /// The counters as they stand, which hold nothing else: exact.
    private func expectWhatWasCounted(_ views: [View]) throws {
        let total = Double(views.count)
        let stem = "web_vitals_first_contentful_paint_seconds"
        // 1.5 ms x 1500 of 2000.
        try expect("histogram_quantile(0.75, sum by (le) (\(stem)_bucket))", 2.25, within: 1e-9)
        try expect("sum(\(stem)_bucket{le=\"1.8\"}) / sum(\(stem)_count)", 0.6, within: 1e-12)
        try expect("sum(\(stem)_sum)", views.map(\.firstPaint).reduce(0, +) / 1000, within: 1e-6)
        // A bound that is whole is one series, in whatever format it came.
        try expect("sum(\(stem)_bucket{le=\"3.0\"})", total, within: 0)
        try expect("count(count by (le) (\(stem)_bucket))", 16, within: 0)

        try expect("sum(web_page_views_total)", total, within: 0)
        try expect("sum(web_bounces_total) / sum(web_visits_ended_total)", 0.4, within: 1e-12)
        let coverage = "sum(web_vitals_largest_contentful_paint_seconds_count) / sum(web_page_views_total)"
        try expect(coverage, 0.75, within: 1e-12)

        // The last value counts where one replica saw both; what the other one got is told as too late.
        let sums = views.map { $0.firstReplica == $0.lastReplica ? $0.layoutShifts.last : $0.layoutShifts.first }
        try expect("sum(web_vitals_cumulative_layout_shift_sum)", sums.reduce(0, +), within: 1e-6)
        let late = views.filter { $0.firstReplica != $0.lastReplica }.count
        try expect("sum(beacon_rejected_total{reason=\"late_update\"})", Double(late), within: 0)
        try expect("sum(beacon_rejected_total{reason!=\"late_update\"})", 0, within: 0)
    }

    /// The rules that are delivered: Prometheus extrapolates rates, of series that began at 0 less than of others, and
    /// evaluates a rule some time after it has scraped.
    private func expectWhatWasRecorded(_ views: [View]) throws {
        let paint = "site_page_device:web_vitals_first_contentful_paint_seconds:p75_30m"
        expectSoon(paint, 2.25, within: 0.1)
        expectSoon("site:web_vitals_first_contentful_paint_seconds:share_good_1d", 0.6, within: 0.03)
        expectSoon("site:web_bounces:ratio_1h", 0.4, within: 0.03)
        expectSoon("site:web_vitals_coverage:ratio_1h", 0.75, within: 0.03)
    }

    private func expectSoon(_ query: String, _ expected: Double, within accuracy: Double) {
        let isThere = eventually(seconds: 10) { value(query).map { abs($0 - expected) <= accuracy } ?? false }
        #expect(isThere, "\(query) is \(value(query) ?? .nan)")
    }

    private func value(_ query: String) -> Double? { prometheus.value(query) }

    private func expect(_ query: String, _ expected: Double, within accuracy: Double) throws {
        let value = try #require(self.value(query), "\(query) has no value")
        #expect(abs(value - expected) <= accuracy, "\(query) is \(value)")
    }
}
