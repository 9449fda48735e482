import ExporterTesting
import Glibc
import Testing

/// A real Prometheus scrapes the real program, and says what the kernel says.
@Suite(.serialized)
struct NodeExporterTests {
    /// The forms of an answer: what is asked for, and what the answer then says that it is.
    private static let forms: [(name: String, accept: String, encoding: String, type: String)] = [
        ("text, gzip", "text/plain;version=0.0.4", "gzip", "text/plain; version=0.0.4"),
        ("text, identity", "text/plain;version=0.0.4", "", "text/plain; version=0.0.4"),
        ("OpenMetrics, gzip", "application/openmetrics-text;version=1.0.0", "gzip", "application/openmetrics-text"),
        ("OpenMetrics, identity", "application/openmetrics-text;version=1.0.0", "", "application/openmetrics-text"),
    ]

    @Test func prometheusSeesWhatTheKernelSays() throws {
        let exporter = try RunningExporter("node-exporter")
        try expectTruth(exporter, from: Prometheus(target: "127.0.0.1:\(exporter.port)"))
    }

    @Test(arguments: forms.map(\.name))
    func itSeesTheSameInEachForm(name: String) throws {
        let form = try #require(Self.forms.first { $0.name == name })
        let exporter = try RunningExporter("node-exporter")
        let proxy = try HeaderProxy(before: exporter, accept: form.accept, encoding: form.encoding)
        let answer = try HTTPClient(port: proxy.port).request("GET", "/metrics")
        #expect(answer[header: "content-type"]?.hasPrefix(form.type) == true)
        #expect(answer[header: "content-encoding"] == (form.encoding.isEmpty ? nil : "gzip"))
        try expectTruth(exporter, from: Prometheus(target: "127.0.0.1:\(proxy.port)"))
    }

    /// After two scrapes the server has what the kernel says.
    private func expectTruth(_ exporter: RunningExporter, from prometheus: Prometheus) throws {
        let hasTwoScrapes = eventually {
            prometheus.value("count_over_time(up[1m])") ?? 0 >= 2 && prometheus.value("up") == 1
        }
        #expect(hasTwoScrapes, "\(prometheus.program.printed)")

        #expect(prometheus.value("up") == 1)
        #expect(prometheus.value("node_memory_MemTotal_bytes") == Self.memoryTotalBytes())
        let cpus = prometheus.value("count(count by (cpu) (node_cpu_seconds_total))")
        #expect(cpus == Double(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        #expect(prometheus.value("node_boot_time_seconds") == Self.bootTimeSeconds())
        #expect(prometheus.value("scrape_samples_scraped") ?? 0 > 200)
        #expect(prometheus.value("sum(node_scrape_collector_success == bool 0)") == 0)
        #expect(exporter.program.isRunning)
    }

    private static func memoryTotalBytes() -> Double? {
        let line = readFile("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 * 1024 }
    }

    private static func bootTimeSeconds() -> Double? {
        let line = readFile("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }
}
