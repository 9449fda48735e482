import ExporterTesting
import Glibc
import Testing

/// The page at `/` in a real browser.
@Suite(.serialized)
struct StatusPageTests {
    private let exporter: RunningExporter

    init() throws { exporter = try RunningExporter("node-exporter") }

    /// What the page has become after some seconds of the browser's own time, and what its console said.
    private func open(_ address: String, seconds: Int = 20, flags: [String] = []) throws -> (page: String, log: String)
    {
        let folder = TemporaryFolder()
        let fixed = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=\(folder.path)",
            "--enable-logging=stderr", "--virtual-time-budget=\(seconds * 1000)", "--dump-dom",
        ]
        let chromium = try RunningProgram("chromium", fixed + flags + [address])
        let status = chromium.waitForExit(seconds: 120)
        let printed = chromium.printed
        #expect(status == 0, "\(printed)")
        // What it prints itself stands between its log lines.
        let lines = printed.split(separator: "\n")
        return (printed, lines.filter { $0.contains(":CONSOLE") }.joined(separator: "\n"))
    }

    /// How many points each line of the plots has.
    private func points(in page: String) -> [Int] {
        page.split(separator: "<").filter { $0.hasPrefix("polyline") }.map { $0.split(separator: ",").count - 1 }
    }

    private func expectALivingPage(_ address: String, flags: [String] = []) throws {
        let (page, log) = try open(address, flags: flags)
        #expect(log.isEmpty, "the console says: \(log)")
        #expect(page.contains(">Healthy<"))
        for title in ["CPU busy", "Memory used", "File systems used", "Network received", "Load"] {
            #expect(page.contains("<span>\(title)</span>"), "\(title)")
        }
        // They move: each round adds a point.
        #expect(points(in: page).contains { $0 >= 4 }, "\(points(in: page))")
        #expect(page.contains("id=\"collector-cpu\"><th scope=\"row\">cpu</th><td class=\"state ok\">ok</td>"))
    }

    @Test func itLivesAndMoves() throws { try expectALivingPage("http://127.0.0.1:\(exporter.port)/") }

    @Test func itLivesBelowAPath() throws {
        let proxy = try HeaderProxy(before: exporter, path: "/hosts/one/")
        try expectALivingPage("http://127.0.0.1:\(proxy.port)/hosts/one/")
    }

    @Test func itLivesOnAPhoneInTheDark() throws {
        let address = "http://127.0.0.1:\(exporter.port)/"
        try expectALivingPage(address, flags: ["--window-size=360,740", "--force-dark-mode"])
    }

    @Test func itLivesUnderAnotherTelemetryPath() throws {
        let exporter = try RunningExporter("node-exporter", ["--web.telemetry-path=/deep/down"])
        try expectALivingPage("http://127.0.0.1:\(exporter.port)/")
    }

    @Test func itLivesBehindAPassword() throws {
        let folder = TemporaryFolder()
        // "allmine", by a published vector of bcrypt.
        let hash = "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga"
        folder.write("web.yml", "basic_auth_users: { prometheus: \(hash) }\n")
        let exporter = try RunningExporter("node-exporter", ["--web.config.file=\(folder.path)/web.yml"])
        try expectALivingPage("http://prometheus:allmine@127.0.0.1:\(exporter.port)/")
    }

    /// A collector that fails is said to, with its reason.
    @Test func aFailureShows() throws {
        let folder = TemporaryFolder()
        folder.write("loadavg", "nonsense\n")
        let exporter = try RunningExporter("node-exporter", ["--path.procfs=\(folder.path)"])
        let (page, log) = try open("http://127.0.0.1:\(exporter.port)/", seconds: 5)
        #expect(log.isEmpty, "the console says: \(log)")
        #expect(page.contains("collectors failing<"))
        #expect(page.contains("id=\"collector-loadavg\"><th scope=\"row\">loadavg</th><td class=\"state failed\">"))
        #expect(page.contains("loadavg: "))
    }
}
