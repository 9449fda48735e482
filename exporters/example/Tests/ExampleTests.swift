import ExampleCollectors
import ExporterSDK
import ExporterTesting
import Exposition
import Testing

/// What example-exporter writes, its documentation, and the program itself.
struct ExampleTests {
    private static let folder = SourceTree.package().root + "/exporters/example"

    /// `RECORD=1 swift test` writes `Golden/uptime.prom` anew.
    @Test func matchesGolden() {
        let comparison = golden(exposition(of: UptimeCollector(FileTree(fixtures()), FlagValues())), "uptime.prom")
        #expect(!comparison.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(comparison.actual == comparison.expected)
    }

    @Test(arguments: ["", "x", " \n", "nan 1"])
    func whatIsNoNumberIsAFailure(text: String) {
        let files = TemporaryFolder()
        files.write("uptime", text)
        #expect(exposition(of: UptimeCollector(FileTree(files.path), FlagValues())).hasPrefix("# failed: "))
    }

    /// `RECORD=1 swift test` writes the tables in the README anew.
    @Test func theReadmeHasTheDeclaredMetrics() throws {
        let section = generatedSection(
            "metrics",
            of: Self.folder + "/README.md",
            shouldBe: try exampleExporter.documentation()
        )
        #expect(!section.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(section.actual == section.expected)
    }

    @Test func theProgramServes() throws {
        let exporter = try RunningExporter("example-exporter", ["--path.procfs=\(fixtures())"])
        let exposition = try TextParser.parse(Array(exporter.scrape().utf8))
        #expect(exposition.families.first { $0.name == "example_uptime_seconds" }?.samples.first?.value == 4321.98)
        #expect(lint(exposition).filter { !$0.metric.hasPrefix("promhttp_") } == [])
    }
}
