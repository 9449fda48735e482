import Exposition
import Instruments

/// What a scraper asked for. Requests that are equal can share one answer.
struct ScrapeRequest: Sendable, Hashable {
    /// The form of the answer.
    var form: ExpositionForm
    /// The collectors to run, by name; all that are enabled where it is nil.
    var selection: CollectorSelection = .all
}

/// The collectors that a scrape's URL chooses.
enum CollectorSelection: Sendable, Hashable {
    case all
    /// `collect[]=`: these.
    case only(Set<String>)
    /// `exclude[]=`: all but these.
    case except(Set<String>)

    func includes(_ name: String) -> Bool {
        switch self {
        case .all: true
        case .only(let names): names.contains(name)
        case .except(let names): !names.contains(name)
        }
    }
}

/// A collector with what is known of its last scrape.
final class EnabledCollector: Sendable {
    let name: String
    let help: String
    let collector: any Sendable
    /// `collector="NAME"`, for what is said of it at each scrape.
    let labels: LabelSet
    let collect: @Sendable (inout MetricWriter, ScrapeContext) throws(CollectorError) -> Void

    init<Environment>(_ collector: any Collector<Environment>) {
        let type = Swift.type(of: collector)
        name = "\(type.name)"
        help = "\(type.help)"
        self.collector = collector
        labels = LabelSet([("collector", LabelValue(name))])
        collect = { writer, context throws(CollectorError) in try collector.collect(into: &writer, context: context) }
    }

    /// The metrics of a registry, as if a collector wrote them.
    init(_ registry: Registry) {
        name = "instruments"
        help = "What is counted as it happens."
        collector = registry
        labels = LabelSet([("collector", "instruments")])
        collect = { writer, _ in registry.write(into: &writer) }
    }
}
