import ExporterTesting
import Testing

/// An exporter's folder can be lifted out and still make sense.
struct CompletenessTests {
    private static let tree = SourceTree.package()
    private static var exporters: [String] { tree.names(in: "exporters") }

    @Test func thereAreExporters() { #expect(Self.exporters.contains("node")) }

    @Test(arguments: exporters)
    func hasAllItsParts(exporter: String) {
        let folder = "exporters/\(exporter)"
        for part in ["README.md", "dashboard.json", "alerts.yml", "alerts.test.yml", "Dockerfile", "Sources", "Tests"] {
            #expect(Self.tree.contains("\(folder)/\(part)"), "\(folder)/\(part) is missing")
        }
        let units = Self.tree.names(in: folder).filter { $0.hasSuffix(".service") }
        #expect(units.count == 1, "\(folder) has these service files: \(units)")
    }

    @Test(arguments: exporters)
    func theReadmeListsIt(exporter: String) {
        let readme = Self.tree.text("README.md") ?? ""
        #expect(readme.contains("(exporters/\(exporter)/README.md)"))
    }

    @Test(arguments: exporters)
    func eachAlertIsTested(exporter: String) {
        let alerts = Set(values(of: "- alert:", in: "exporters/\(exporter)/alerts.yml"))
        let tested = Set(values(of: "alertname:", in: "exporters/\(exporter)/alerts.test.yml"))
        #expect(!alerts.isEmpty)
        #expect(alerts.subtracting(tested).isEmpty, "not tested: \(alerts.subtracting(tested).sorted())")
    }

    @Test func changelogLinesHaveTheirForm() {
        let tags = ["[CHANGE]", "[FEATURE]", "[ENHANCEMENT]", "[BUGFIX]"]
        let lines = (Self.tree.text("CHANGELOG.md") ?? "").split(separator: "\n").filter { $0.hasPrefix("* ") }
        #expect(!lines.isEmpty)
        for line in lines {
            let words = line.dropFirst(2).split(separator: " ")
            #expect(words.count > 2 && tags.contains(String(words[0])) && words[1].hasSuffix(":"), "\(line)")
        }
    }

    private func values(of key: String, in file: String) -> [String] {
        (Self.tree.text(file) ?? "").split(separator: "\n").compactMap { line in
            let text = line.drop { $0 == " " || $0 == "-" && !key.hasPrefix("-") }
            guard text.hasPrefix(key) else { return nil }
            return String(text.dropFirst(key.count).drop { $0 == " " })
        }
    }
}
