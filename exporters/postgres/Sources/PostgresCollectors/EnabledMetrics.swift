import ExporterSDK
import Exposition

/// The metrics of the collectors that are on, as they are declared.
struct EnabledMetrics {
    private let byCollector: [(name: String, metrics: [any MetricDeclaration])]

    /// Those of a server's collectors, made once more: a declaration needs no server, and the file of custom queries has
    /// none.
    init(of server: PostgresServer) throws(UsageError) {
        let unasked = PostgresServer(server.flags, ConnectionSettings { _ in nil })
        var byCollector: [(name: String, metrics: [any MetricDeclaration])] = []
        for type in server.collectorTypes {
            byCollector.append(("\(type.name)", try type.init(unasked, server.flags).metrics))
        }
        self.byCollector = byCollector
    }

    /// The names of all labels.
    var labelNames: Set<String> { Set(byCollector.flatMap(\.metrics).flatMap(\.labelNames)) }

    /// For `--dumpmaps`: each collector, and below it its metrics with type, labels and meaning.
    var text: String {
        var text = ""
        for (name, metrics) in byCollector {
            text += "\(name)\n"
            for metric in metrics {
                let labels = metric.labelNames.joined(separator: ",")
                text += "  \(metric.name){\(labels)} \(metric.type.textName) \(metric.help)\n"
            }
        }
        return text
    }
}
