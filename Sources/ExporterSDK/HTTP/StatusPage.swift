import NIOCore
import NIOHTTP1

/// The page at `/`: what this exporter is, and how each of its collectors fared when it last ran.
struct StatusPage: Sendable {
    let identity: ExporterIdentity
    let telemetryPath: String
    let scraper: Scraper

    func respond(to request: HTTPRequest) -> HTTPResponse {
        HTTPResponse(
            .ok,
            contentType: "text/html; charset=utf-8",
            ByteBuffer(string: html),
            [
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
                "Cache-Control": "no-store",
            ]
        )
    }

    private var html: String {
        let reports = scraper.reports
        let rows = scraper.collectors.map { row($0, reports[$0.name]) }.joined()
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(identity.program)</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <style>
            :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
            body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
            table { border-collapse: collapse; width: 100%; }
            th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; }
            td.number { text-align: right; font-variant-numeric: tabular-nums; }
            .failed { color: #c22; font-weight: bold; }
            </style></head><body>
            <h1>\(identity.program)</h1>
            <p>\(Self.escaped(identity.summary)) Version \(ExporterIdentity.version).</p>
            <p><a href="\(Self.escaped(String(telemetryPath.dropFirst())))">Metrics</a> ·
            <a href="-/healthy">Health</a> · <a href="-/ready">Readiness</a> · <a href="version">Version</a></p>
            <h2>Collectors in the last scrape</h2>
            <table><tr><th>Collector</th><th>State</th><th>ms</th><th>Series</th><th>What it collects</th></tr>
            \(rows)</table>
            </body></html>

            """
    }

    private func row(_ collector: EnabledCollector, _ report: CollectorReport?) -> String {
        let state: String
        switch report?.state {
        case nil: state = "not scraped yet"
        case .ok: state = "ok"
        case .absent: state = "nothing on this host"
        case .failed(let reason): state = "<span class=\"failed\">failed</span>: \(Self.escaped(reason))"
        }
        let milliseconds = report.map { String(($0.duration.seconds * 100_000).rounded() / 100) } ?? ""
        return """
            <tr><td>\(collector.name)</td><td>\(state)</td><td class="number">\(milliseconds)</td>\
            <td class="number">\(report.map { "\($0.samples)" } ?? "")</td><td>\(Self.escaped(collector.help))</td></tr>

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
