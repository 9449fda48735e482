import ExporterTesting
import FoundationEssentials
import Testing

/// Alerts and panels ask for metrics that are there: a name that nobody exports makes no noise, and never fires.
struct MetricNameTests {
    private static let tree = SourceTree.package()
    private static var exporters: [String] { tree.names(in: "exporters") }

    /// The names in the READMEs' tables, which are made from the declarations; `<field>` stands for anything.
    private static let declared: [Substring] = exporters.flatMap { exporter -> [Substring] in
        let lines = (tree.text("exporters/\(exporter)/README.md") ?? "").split(separator: "\n")
        return lines.filter { $0.hasPrefix("| `") }.compactMap { line in
            let name = line.dropFirst(3).prefix { $0 != "`" }
            let type = line.dropFirst(3 + name.count + 4).prefix { $0 != " " }
            return types.contains(type) ? name : nil
        }
    }

    private static let types: Set<Substring> = ["counter", "gauge", "histogram", "info", "summary", "untyped"]

    /// What each exporter says of itself.
    private static let own = ["_scrape_collector_", "_exporter_"]

    @Test func thereAreNames() { #expect(Self.declared.contains("node_load1")) }

    @Test(arguments: exporters)
    func alertsAskForWhatIsThere(exporter: String) {
        let key = "series: '"
        let lines = (Self.tree.text("exporters/\(exporter)/alerts.test.yml") ?? "").split(separator: "\n")
        let series = lines.compactMap { line -> String? in
            let text = line.drop { " -{".contains($0) }
            return text.hasPrefix(key) ? String(text.dropFirst(key.count)) : nil
        }
        #expect(!series.isEmpty)
        for name in series.flatMap(names) { #expect(isThere(name), "\(name)") }
    }

    @Test(arguments: exporters)
    func panelsAskForWhatIsThere(exporter: String) throws {
        struct Dashboard: Decodable { var panels: [Panel] }
        struct Panel: Decodable { var targets: [Target]? }
        struct Target: Decodable { var expr: String }
        let text = Self.tree.text("exporters/\(exporter)/dashboard.json") ?? ""
        let dashboard = try JSONDecoder().decode(Dashboard.self, from: Data(text.utf8))
        let expressions = dashboard.panels.flatMap { $0.targets ?? [] }.map(\.expr)
        #expect(!expressions.isEmpty)
        for name in expressions.flatMap(names) { #expect(isThere(name), "\(name)") }
    }

    /// The words of an expression that begin as a metric of one of the exporters does; not those in its strings.
    private func names(in expression: String) -> [Substring] {
        let quoted = expression.split(separator: "\"", omittingEmptySubsequences: false)
        let code = quoted.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        let words = code.flatMap { $0.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") } }
        let namespaces = Set(Self.declared.map { $0.prefix { $0 != "_" } })
        return words.filter { word in
            !word.contains(":") && word.contains("_") && namespaces.contains(word.prefix { $0 != "_" })
        }
    }

    private func isThere(_ name: Substring) -> Bool {
        // Of a histogram or a summary.
        let parts = ["_bucket", "_count", "_sum"].filter { name.hasSuffix($0) }.map { name.dropLast($0.count) }
        return ([name] + parts).contains { name in
            Self.own.contains { name.contains($0) } || Self.declared.contains { isA(name, $0) }
        }
    }

    private func isA(_ name: Substring, _ declared: Substring) -> Bool {
        guard let opening = declared.firstIndex(of: "<"), let closing = declared.lastIndex(of: ">") else {
            return name == declared
        }
        return name.hasPrefix(declared[..<opening]) && name.hasSuffix(declared[declared.index(after: closing)...])
    }
}
