public import Exposition
import Instruments
import Logging

extension Exporter {
    /// The collectors and their metrics as Markdown: what the README holds between its generated marks.
    ///
    /// Made from the declarations, with the flags' defaults.
    public func documentation() throws(UsageError) -> String {
        var collectorRows = "| collector | default | what it collects |\n|---|---|---|\n"
        var metricRows = "| metric | type | labels | meaning |\n|---|---|---|---|\n"
        for (declaration, metrics) in try declarations() {
            let state = declaration.isEnabledByDefault ? "on" : "off"
            collectorRows += "| `\(declaration.name)` | \(state) | \(Self.cell(declaration.help)) |\n"
            for metric in metrics { metricRows += Self.row(metric) }
        }
        for metric in try registeredMetrics() { metricRows += Self.row(metric) }
        return collectorRows + "\n" + metricRows
    }

    /// Every declared metric, for lint and for checks of dashboards and alerts.
    public func metrics() throws(UsageError) -> [any MetricDeclaration] {
        try declarations().flatMap(\.metrics) + registeredMetrics()
    }

    private func registeredMetrics() throws(UsageError) -> [any MetricDeclaration] {
        let values = FlagValues()
        let logger = Logger(label: identity.program) { _ in SwiftLogNoOpLogHandler() }
        let parts = try makeParts(try makeEnvironment(values), ExporterSetup(flags: values, logger: logger))
        return parts.registry?.metrics ?? []
    }

    private static func row(_ metric: any MetricDeclaration) -> String {
        let labels = metric.labelNames.map { "`\($0)`" }.joined(separator: " ")
        return "| `\(metric.name)` | \(metric.type.textName) | \(labels) | \(cell(metric.help)) |\n"
    }

    private func declarations() throws(UsageError) -> [(CollectorDeclaration, metrics: [any MetricDeclaration])] {
        let values = FlagValues()
        let environment = try makeEnvironment(values)
        var result: [(CollectorDeclaration, metrics: [any MetricDeclaration])] = []
        for type in collectors {
            result.append((CollectorDeclaration(type), metrics: try type.init(environment, values).metrics))
        }
        return result
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
