import ExporterSDK
import ExporterTesting
import Exposition
import NodeCollectors
import Testing

/// The README, the dashboard and the alerts speak of what the code declares.
struct DocumentationTests {
    private static let tree = SourceTree.package()
    private static let folder = tree.root + "/exporters/node"

    @Test func theReadmeHasTheDeclaredMetrics() throws {
        let section = generatedSection(
            "metrics",
            of: Self.folder + "/README.md",
            shouldBe: try nodeExporter.documentation()
        )
        #expect(!section.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(section.actual == section.expected)
    }

    @Test func thePlotsAreOfDeclaredMetricsAndCollectors() throws {
        let metrics = try knownNames()
        #expect(!nodeExporter.plots.isEmpty)
        for plot in nodeExporter.plots {
            #expect(Set(plot.metrics).isSubset(of: metrics), "\(plot.metrics)")
            #expect(nodeCollectors.contains { "\($0.name)" == "\(plot.collector)" }, "\(plot.collector)")
        }
    }

    /// A dashboard or an alert that names a metric which nobody exports shows nothing, and nobody notices.
    @Test(arguments: ["dashboard.json", "alerts.yml", "alerts.test.yml"])
    func namesOnlyMetricsThatExist(file: String) throws {
        let known = try knownNames()
        let text = Self.tree.text("exporters/node/\(file)") ?? ""
        let named = metricNames(in: text).subtracting(recordedNames())
        #expect(!named.isEmpty)
        #expect(named.subtracting(known).isEmpty, "unknown: \(named.subtracting(known).sorted())")
    }

    /// Names that golden files hold, and those of collectors that ask the live kernel, as declared.
    private func knownNames() throws -> Set<String> {
        var names = Set(try nodeExporter.metrics().map(\.name))
        for file in Self.tree.files(below: "exporters/node/Tests/Golden", suffix: ".prom") {
            for line in (Self.tree.text(file) ?? "").split(separator: "\n") where line.hasPrefix("# TYPE ") {
                names.insert(String(line.dropFirst(7).prefix { $0 != " " }))
            }
        }
        // The frame's own, which are no collector's.
        return names.union(["duration_seconds", "success", "absent", "series"].map { "node_scrape_collector_\($0)" })
    }

    /// Words that look like this exporter's metrics: `node_` and more, not followed by what makes them something else.
    private func metricNames(in text: String) -> Set<String> {
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":")) }
        return Set(words.filter { $0.hasPrefix("node_") && !$0.contains(":") && !$0.hasSuffix("_") }.map(String.init))
    }

    /// What the alerts' file itself records.
    private func recordedNames() -> Set<String> {
        let lines = (Self.tree.text("exporters/node/alerts.yml") ?? "").split(separator: "\n")
        return Set(
            lines.compactMap { line in
                let text = line.drop { $0 == " " || $0 == "-" }
                return text.hasPrefix("record:") ? String(text.dropFirst(7).drop { $0 == " " }) : nil
            }
        )
    }
}
