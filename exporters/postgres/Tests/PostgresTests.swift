import ExporterSDK
import ExporterTesting
import Exposition
import PostgresCollectors
import Testing

/// The documentation of postgres-exporter.
struct PostgresTests {
    private static let folder = SourceTree.package().root + "/exporters/postgres"

    /// `RECORD=1 swift test` writes the tables in the README anew.
    @Test func theReadmeHasTheDeclaredMetrics() throws {
        let section = generatedSection(
            "metrics",
            of: Self.folder + "/README.md",
            shouldBe: try postgresExporter.documentation()
        )
        #expect(!section.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(section.actual == section.expected)
    }
}
