public import Exposition

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
            for metric in metrics {
                let labels = metric.labelNames.map { "`\($0)`" }.joined(separator: " ")
                metricRows += "| `\(metric.name)` | \(metric.type.textName) | \(labels) | \(Self.cell(metric.help)) |\n"
            }
        }
        return collectorRows + "\n" + metricRows
    }

    /// Every declared metric, for lint and for checks of dashboards and alerts.
    public func metrics() throws(UsageError) -> [any MetricDeclaration] {
        try declarations().flatMap(\.metrics)
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
