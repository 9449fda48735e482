import ExporterSDK
import ExporterTesting
import Exposition
import Testing

@testable import ExampleCollectors

/// What example-exporter writes, its documentation, and the program itself.
struct ExampleTests {
    private static let folder = SourceTree.package().root + "/exporters/example"

    private static func collector(of procfs: String) throws -> UptimeCollector {
        var flags = FlagValues()
        flags.set(Machine.folder, to: procfs)
        return UptimeCollector(try Machine(flags), flags)
    }

    /// `RECORD=1 swift test` writes `Golden/uptime.prom` anew.
    @Test func matchesGolden() throws {
        let comparison = golden(exposition(of: try Self.collector(of: fixtures())), "uptime.prom")
        #expect(!comparison.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(comparison.actual == comparison.expected)
    }

    @Test(arguments: ["", "x", " \n", "nan 1"])
    func whatIsNoNumberIsAFailure(text: String) throws {
        let files = TemporaryFolder()
        files.write("uptime", text)
        #expect(exposition(of: try Self.collector(of: files.path)).hasPrefix("# failed: "))
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
        // What a scrape counts is seen by the next one.
        _ = exporter.scrape()
        let exposition = try TextParser.parse(Array(exporter.scrape().utf8))
        #expect(exposition[family: "example_read_seconds"]?.samples.last?.value ?? 0 >= 1)
        #expect(exposition.families.first { $0.name == "example_uptime_seconds" }?.samples.first?.value == 4321.98)
        #expect(lint(exposition).filter { !$0.metric.hasPrefix("promhttp_") } == [])
    }
}
