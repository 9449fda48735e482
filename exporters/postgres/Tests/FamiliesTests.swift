import ExporterSDK
import ExporterTesting
import Exposition
import PostgresCollectors
import Testing

/// What is exported by which name.
struct FamiliesTests {
    /// Each metric that postgres_exporter 0.20 has is here, with its type and its labels.
    @Test func hasAllThatThePeerHas() throws {
        let ours = Dictionary(try postgresExporter.metrics().map { ($0.name, $0) }) { first, _ in first }
        let lines = (SourceTree.package().text("exporters/postgres/Tests/Golden/peer.txt") ?? "").split(separator: "\n")
        #expect(lines.count > 100)
        for line in lines {
            let fields = line.split(separator: " ").map(String.init)
            let metric = ours[fields[0]]
            #expect(metric.map { "\($0.type.textName)" } == fields[1], "\(fields[0])")
            let labels = fields.count > 2 ? fields[2].split(separator: ",").map(String.init) : []
            #expect(metric?.labelNames.sorted() == labels, "\(fields[0])")
        }
    }
}
