import StrictYAML

/// A target that is probed continuously.
struct TargetConfiguration: ConfigurationMap, Sendable {
    var url: String
    /// What it is called in metrics; without one, its URL less credentials and query.
    var name: String?
    var module: String
    var interval: Duration
    /// Up to how much later each probe begins, by chance.
    var jitter: Duration
    /// What is good enough: a probe that succeeds within this time.
    var objective: Duration
    var labels: [String: String]
    let position: FilePosition

    static let defaultModule = "http_2xx"
    static let defaultInterval = Duration.seconds(15)
    static let defaultObjective = Duration.milliseconds(200)

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        position = keys.position
        url = try keys.required("url")
        name = try keys.optional("name")
        module = try keys.value("module", default: Self.defaultModule)
        interval = try keys.value("interval", default: Self.defaultInterval)
        jitter = try keys.value("jitter", default: .zero)
        objective = try keys.value("slo", default: Self.defaultObjective)
        labels = try keys.value("labels", default: [:])
        guard interval >= .milliseconds(100), interval <= .seconds(86_400) else {
            throw keys.error("interval", "an interval from 100ms to 1d should be here")
        }
        guard jitter < interval else { throw keys.error("jitter", "a time below the interval should be here") }
        guard objective > .zero else { throw keys.error("slo", "a time above 0 should be here") }
        if let problem = Self.problem(ofLabels: labels) { throw keys.error("labels", problem) }
        if case .failure(let problem) = TargetURL.parse(url) { throw keys.error("url", problem.message) }
    }

    /// One of file_sd: labels that begin with two underscores are settings, or somebody else's.
    init(url: String, labels all: [String: String], _ position: FilePosition) throws(ConfigurationError) {
        func duration(_ name: String, _ other: Duration) throws(ConfigurationError) -> Duration {
            guard let text = all[name] else { return other }
            return try Duration(YAMLNode(scalar: text, at: position))
        }
        self.url = url
        self.position = position
        name = all["__target__"]
        module = all["__module__"] ?? Self.defaultModule
        interval = try duration("__interval__", Self.defaultInterval)
        jitter = try duration("__jitter__", .zero)
        objective = try duration("__slo__", Self.defaultObjective)
        labels = all.filter { !$0.key.hasPrefix("__") }
        guard interval >= .milliseconds(100), interval <= .seconds(86_400), interval > jitter, objective > .zero else {
            throw ConfigurationError(position, "__interval__, __jitter__ or __slo__ is out of bounds")
        }
        if let problem = Self.problem(ofLabels: labels) { throw ConfigurationError(position, problem) }
        if case .failure(let problem) = TargetURL.parse(url) { throw ConfigurationError(position, problem.message) }
    }

    /// What is wrong with names of labels; nil where nothing is.
    static func problem(ofLabels labels: [String: String]) -> String? {
        for name in labels.keys.sorted() {
            let isPlain = name.utf8.allSatisfy {
                HeaderSetting.isToken($0) && ($0 == 95 || !"!#$%&'*+-.^`|~".utf8.contains($0))
            }
            let startsWell = name.first.map { !$0.isNumber } ?? false
            if !isPlain || !startsWell || name.hasPrefix("__") { return "\"\(name)\" is no name of a label" }
            if ["target", "module", "phase", "reason", "code", "le", "quantile"].contains(name) {
                return "the label \"\(name)\" is the metrics' own"
            }
        }
        return labels.count > 20 ? "more than 20 labels" : nil
    }
}
