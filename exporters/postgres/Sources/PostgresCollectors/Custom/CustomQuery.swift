import ExporterSDK
import Exposition
import StrictYAML

/// Somebody's own query, as postgres_exporter's `--extend.query-path` has it, under the name that begins its metrics.
///
/// ```yaml
/// orders:
///   query: "SELECT state, count(*) AS count FROM orders GROUP BY state"
///   cache_seconds: 30
///   metrics:
///     - state: {usage: LABEL, description: State of the order}
///     - count: {usage: GAUGE, description: Orders in this state}
/// ```
struct CustomQuery: ConfigurationMap {
    let sql: String
    /// The answer stands for so long.
    let cacheSeconds: Int
    let versions: VersionRange
    let columns: [(name: String, column: CustomColumn)]

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        sql = try keys.required("query")
        cacheSeconds = try keys.value("cache_seconds", default: 0)
        guard cacheSeconds >= 0 else { throw keys.error("cache_seconds", "is below 0") }
        // There is one server only, so once for each server is once.
        _ = try keys.optional("master", as: Bool.self)
        let range = try keys.optional("runonserver", as: String.self)
        guard let versions = range.map({ VersionRange($0) }) ?? .all else {
            throw keys.error("runonserver", "no range of versions such as >=10.0.0 <13.0.0")
        }
        self.versions = versions
        var columns: [(name: String, column: CustomColumn)] = []
        for entry in try keys.value("metrics", default: [[String: CustomColumn]]()) {
            guard entry.count == 1, let (name, column) = entry.first else {
                throw keys.error("metrics", "each entry of the list is one column, with its settings below it")
            }
            columns.append((name, column))
        }
        self.columns = columns
    }
}

/// What becomes of a column.
struct CustomColumn: ConfigurationMap {
    /// The peer's words, in any case.
    enum Usage: String, Sendable, CaseIterable {
        case label, counter, gauge, mappedmetric, duration, histogram, discard
    }

    let usage: Usage
    let description: String
    /// What texts count as.
    let mapping: [String: Double]

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        let word = try keys.required("usage", as: String.self)
        guard let usage = Usage(rawValue: word.lowercased()) else {
            let words = Usage.allCases.map { $0.rawValue.uppercased() }.joined(separator: ", ")
            throw keys.error("usage", "one of \(words) should be here")
        }
        self.usage = usage
        description = try keys.value("description", default: "")
        mapping = try keys.value("metric_mapping", default: [:])
        _ = try keys.optional("pg_version", as: String.self)
    }
}
