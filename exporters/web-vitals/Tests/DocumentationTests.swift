import ExporterSDK
import ExporterTesting
import Exposition
import Testing

@testable import WebVitals

/// The README, the dashboard and the alerts speak of what the code declares.
struct DocumentationTests {
    private static let folder = SourceTree.package().root + "/exporters/web-vitals"

    /// `RECORD=1 swift test` writes the tables in the README anew.
    @Test func theReadmeHasTheDeclaredMetrics() throws {
        let section = generatedSection(
            "metrics",
            of: Self.folder + "/README.md",
            shouldBe: try webVitalsExporter.documentation()
        )
        #expect(!section.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(section.actual == section.expected)
    }

    /// What a page pins is of this very script.
    @Test func theReadmeHasTheAgentsHash() {
        let section = generatedSection(
            "agent",
            of: Self.folder + "/README.md",
            shouldBe: "```html\n\(AgentScript().element)\n```\n"
        )
        #expect(!section.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(section.actual == section.expected)
    }

    /// A dashboard or an alert that names a metric which nobody exports shows nothing, and nobody notices.
    @Test(arguments: ["dashboard.json", "alerts.yml", "alerts.test.yml", "README.md"])
    func namesOnlyMetricsThatExist(file: String) throws {
        var known: Set<String> = []
        for metric in try webVitalsExporter.metrics() {
            known.formUnion(["", "_bucket", "_count", "_sum"].map { metric.name + $0 })
        }
        let text = readFile(Self.folder + "/" + file) ?? ""
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":")) }
        let named = Set(
            words.filter { word in
                ["web_vitals_", "web_", "beacon_"].contains { word.hasPrefix($0) } && !word.contains(":")
            }.map(String.init)
        )
        #expect(!named.isEmpty)
        #expect(named.subtracting(known).isEmpty, "unknown: \(named.subtracting(known).sorted())")
    }

    @Test func thePlotsAreOfDeclaredMetrics() throws {
        let known = Set(try webVitalsExporter.metrics().map(\.name))
        #expect(!webVitalsExporter.plots.isEmpty)
        for plot in webVitalsExporter.plots {
            #expect(Set(plot.metrics).isSubset(of: known), "\(plot.metrics)")
            #expect("\(plot.collector)" == "instruments")
        }
    }

    /// Each reason that the collector gives is explained.
    @Test(arguments: Rejection.allCases)
    func theReadmeExplainsRejections(reason: Rejection) {
        #expect((readFile(Self.folder + "/README.md") ?? "").contains("`\(reason.rawValue)`"))
    }

    @Test func declaredMetricsAreWellNamed() throws {
        let receiving = try Receiving()
        receiving.send("{\"name\":\"TTFB\",\"value\":5}")
        #expect(lint(try TextParser.parse(Array(receiving.exposition.utf8))) == [])
    }
}
