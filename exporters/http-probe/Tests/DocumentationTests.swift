import ExporterSDK
import ExporterTesting
import Exposition
import Testing

@testable import HTTPProbe

/// The README, the dashboard and the alerts speak of what the code declares.
struct DocumentationTests {
    private static let folder = SourceTree.package().root + "/exporters/http-probe"

    /// `RECORD=1 swift test` writes the tables in the README anew.
    @Test func theReadmeHasTheDeclaredMetrics() throws {
        let section = generatedSection(
            "metrics",
            of: Self.folder + "/README.md",
            shouldBe: try httpProbeExporter.documentation()
        )
        #expect(!section.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(section.actual == section.expected)
    }

    /// A dashboard or an alert that names a metric which nobody exports shows nothing, and nobody notices.
    @Test(arguments: ["dashboard.json", "alerts.yml", "README.md"])
    func namesOnlyMetricsThatExist(file: String) throws {
        var known: Set<String> = []
        let ofProbes = Mirror(reflecting: ProbeExposition()).children.compactMap { $0.value as? any MetricDeclaration }
        #expect(ofProbes.count > 20)
        for metric in try httpProbeExporter.metrics() + ofProbes {
            known.formUnion(["", "_bucket", "_count", "_sum"].map { metric.name + $0 })
        }
        let text = readFile(Self.folder + "/" + file) ?? ""
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":")) }
        let named = Set(
            words.filter { word in
                ["http_probe_", "probe_"].contains { word.hasPrefix($0) } && !word.contains(":") && !word.hasSuffix("_")
            }.map(String.init)
        )
        #expect(!named.isEmpty)
        let unknown = named.subtracting(known).filter {
            !$0.hasPrefix("http_probe_exporter_") && !$0.hasPrefix("http_probe_scrape_")
        }
        #expect(unknown.isEmpty, "unknown: \(unknown.sorted())")
    }

    @Test func thePlotsAreOfDeclaredMetrics() throws {
        let known = Set(try httpProbeExporter.metrics().map(\.name))
        #expect(!httpProbeExporter.plots.isEmpty)
        for plot in httpProbeExporter.plots { #expect(Set(plot.metrics).isSubset(of: known), "\(plot.metrics)") }
    }

    /// Each reason that a probe can fail for is explained, and each flag is named.
    @Test(arguments: FailureReason.allCases)
    func theReadmeExplainsReasons(reason: FailureReason) {
        #expect((readFile(Self.folder + "/README.md") ?? "").contains("`\(reason.rawValue)`"))
    }

    @Test func theReadmeNamesTheFlags() {
        let readme = readFile(Self.folder + "/README.md") ?? ""
        for flag in ProbeService.flags + ProbeParts.flags + AddressPolicy.flags + ContinuousProbing.flags {
            #expect(readme.contains("--\(flag.name)"), "\(flag.name)")
        }
    }
}
