import NIOCore
import NIOHTTP1

/// The page at `/`: what this exporter is, whether it is well, how each collector fared, and its main numbers, live.
///
/// The page holds all that is known when it is asked for; its script then keeps it fresh and draws the plots from
/// `/metrics`. Every address in it is relative, so that it works below a path of a reverse proxy, and nothing of it
/// comes from elsewhere.
struct StatusPage: Sendable {
    let identity: ExporterIdentity
    let telemetryPath: String
    let scraper: Scraper
    let plots: [Plot]
    var snippets: [Snippet] = []

    /// The page and what it loads.
    var routes: [Route] {
        [
            Route("/", "This page.") { _ in answer("text/html; charset=utf-8", html) },
            Route("/status.json", "The state of each collector, as JSON.") { _ in
                answer("application/json", status.text)
            },
            Route("/page.js", "The script of this page.") { _ in
                answer("text/javascript; charset=utf-8", PackageResources.page_js)
            },
            Route("/page.css", "The style of this page.") { _ in
                answer("text/css; charset=utf-8", PackageResources.page_css)
            },
        ]
    }

    private static let headers: HTTPHeaders = [
        "Content-Security-Policy":
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    ]

    private func answer(_ contentType: String, _ text: String) -> HTTPResponse {
        HTTPResponse(.ok, contentType: contentType, ByteBuffer(string: text), Self.headers)
    }

    private func answer(_ contentType: String, _ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(.ok, contentType: contentType, ByteBuffer(bytes: bytes), Self.headers)
    }

    // MARK: The state of the collectors

    private struct Row {
        let name: String
        let help: String
        let report: CollectorReport?
        let failure: CollectorFailure?

        var state: String {
            switch report?.state {
            case nil: "waiting"
            case .ok: "ok"
            case .absent: "absent"
            case .failed: "failed"
            }
        }

        /// What was wrong last, also when it is over; why there is nothing, where there is nothing.
        var remark: String {
            if case .failed(let reason) = report?.state { return reason }
            if let failure { return "until \(failure.time): \(failure.reason)" }
            if case .absent(let reason) = report?.state { return reason }
            return ""
        }

        var milliseconds: Double? { report.map { ($0.duration.seconds * 100_000).rounded() / 100 } }
    }

    private var rows: [Row] {
        let reports = scraper.reports
        let failures = scraper.lastFailures
        return scraper.collectors.map { collector in
            Row(
                name: collector.name,
                help: collector.help,
                report: reports[collector.name],
                failure: failures[collector.name]
            )
        }
    }

    private var status: JSONValue {
        .object([
            (
                "collectors",
                .list(
                    rows.map { row in
                        .object([
                            ("name", .text(row.name)), ("state", .text(row.state)),
                            ("milliseconds", row.milliseconds.map { .number($0) } ?? .null),
                            ("series", row.report.map { .number(Double($0.samples)) } ?? .null),
                            ("remark", .text(row.remark)),
                        ])
                    }
                )
            )
        ])
    }

    // MARK: The page

    private var html: String {
        let enabled = Set(scraper.collectors.map(\.name))
        let shown = plots.filter { enabled.contains("\($0.collector)") }
        let settings = JSONValue.object([
            ("metrics", .text(String(telemetryPath.dropFirst()))), ("plots", .list(shown.map(\.json))),
            ("collectors", .list(Set(shown.map { "\($0.collector)" }).sorted().map { .text($0) })),
        ])
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(identity.program)</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <link rel="icon" href="data:,"><link rel="stylesheet" href="page.css">
            <script type="application/json" id="settings">\(settings.text)</script>
            <script src="page.js" defer></script></head><body>
            <header><h1>\(identity.program)</h1><p id="health" role="status">\(health)</p></header>
            <p>\(Self.escaped(identity.summary)) Version \(ExporterIdentity.version).</p>
            <nav><a href="\(Self.escaped(String(telemetryPath.dropFirst())))">Metrics</a>
            <a href="-/healthy">Health</a> <a href="-/ready">Readiness</a> <a href="version">Version</a></nav>
            <section id="plots" aria-label="Main numbers"></section>
            <h2>Collectors</h2>
            <div class="scroll"><table><thead><tr><th>Collector<th>State<th class="number">ms\
            <th class="number">Series<th>What it collects</tr></thead>
            <tbody id="collectors">
            \(rows.map(html).joined())</tbody></table></div>
            \(snippets.map(html).joined())\
            <noscript><p>Without its script this page does not refresh and has no plots.</p></noscript>
            </body></html>

            """
    }

    /// Said by the script in the same words.
    private var health: String {
        let failing = rows.filter { $0.state == "failed" }.count
        return failing == 0 ? "Healthy" : "\(failing) of \(rows.count) collectors failing"
    }

    private func html(_ row: Row) -> String {
        """
        <tr id="collector-\(row.name)"><th scope="row">\(row.name)<td class="state \(row.state)">\(row.state)\
        <td class="number">\(row.milliseconds.map { "\($0)" } ?? "")\
        <td class="number">\(row.report.map { "\($0.samples)" } ?? "")\
        <td>\(Self.escaped(row.help))<small>\(Self.escaped(row.remark))</small></tr>

        """
    }

    private func html(_ snippet: Snippet) -> String {
        """
        <h2>\(Self.escaped(snippet.title))</h2><pre>\(Self.escaped(snippet.text))</pre>

        """
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}
