/// A departure from the conventions for metrics, as `promtool check metrics` words it.
public struct LintProblem: Sendable, Hashable, CustomStringConvertible {
    /// The family's name.
    public var metric: String
    /// What is wrong with it.
    public var message: String

    /// A problem of this family.
    public init(metric: String, message: String) {
        self.metric = metric
        self.message = message
    }

    /// A line as promtool prints it.
    public var description: String { "\(metric) \(message)" }
}

/// What `promtool check metrics` says of this exposition: sorted by metric and message, each problem once.
///
/// The rules are those of client_golang's promlint. Families without samples are passed over, as they are there. Unlike
/// it, this finds repeated series within histograms and summaries too, and takes OpenMetrics: a counter there has
/// `_total` on its samples and not on its family.
///
/// <https://github.com/prometheus/client_golang/tree/main/prometheus/testutil/promlint/validations>
public func lint(_ exposition: ParsedExposition) -> [LintProblem] {
    var problems: Set<LintProblem> = []
    for family in exposition.families where !family.samples.isEmpty {
        for rule in rules {
            for message in rule(family) { problems.insert(LintProblem(metric: family.name, message: message)) }
        }
    }
    return problems.sorted { ($0.metric, $0.message) < ($1.metric, $1.message) }
}

/// Says what is wrong with a family; nothing where nothing is.
private typealias Rule = @Sendable (ParsedFamily) -> [String]

private let rules: [Rule] = [
    hasHelp,
    usesBaseUnit,
    hasTotalIfCounter,
    isGaugeIfTimestamp,
    leavesReservedSuffixes,
    leavesReservedLabels,
    leavesOutItsType,
    leavesOutColons,
    isSnakeCase,
    leavesOutAbbreviations,
    isUnique,
]

// MARK: - The rules

@Sendable private func hasHelp(_ family: ParsedFamily) -> [String] {
    family.help.map(\.isEmpty) ?? true ? ["no help text"] : []
}

@Sendable private func usesBaseUnit(_ family: ParsedFamily) -> [String] {
    for segment in segments(family.name) {
        for prefix in unitPrefixes where segment.hasPrefix(prefix) {
            guard let base = baseUnits[String(segment.dropFirst(prefix.count))] else { continue }
            return base == segment ? [] : ["use base unit \"\(base)\" instead of \"\(segment)\""]
        }
    }
    return []
}

@Sendable private func hasTotalIfCounter(_ family: ParsedFamily) -> [String] {
    switch (family.type, family.name.hasSuffix("_total")) {
    case (.counter, false) where !family.samples.contains { $0.name.hasSuffix("_total") }:
        ["counter metrics should have \"_total\" suffix"]
    case (.counter, _), (.untyped, _), (_, false): []
    default: ["non-counter metrics should not have \"_total\" suffix"]
    }
}

@Sendable private func isGaugeIfTimestamp(_ family: ParsedFamily) -> [String] {
    guard family.name.hasSuffix("_timestamp_seconds"), family.type != .gauge, family.type != .untyped else { return [] }
    return ["non-gauge metrics should not have \"_timestamp_seconds\" suffix"]
}

@Sendable private func leavesReservedSuffixes(_ family: ParsedFamily) -> [String] {
    switch family.type {
    case .untyped, .histogram: return []
    case .summary:
        return family.name.hasSuffix("_bucket") ? ["non-histogram metrics should not have \"_bucket\" suffix"] : []
    case .counter, .gauge, .info, .stateSet:
        if family.name.hasSuffix("_bucket") { return ["non-histogram metrics should not have \"_bucket\" suffix"] }
        return ["_count", "_sum"].filter { family.name.hasSuffix($0) }
            .map { "non-histogram and non-summary metrics should not have \"\($0)\" suffix" }
    }
}

@Sendable private func leavesReservedLabels(_ family: ParsedFamily) -> [String] {
    guard family.type != .untyped else { return [] }
    var problems: [String] = []
    if family.type != .histogram, family.samples.contains(where: { $0[label: "le"] != nil }) {
        problems.append("non-histogram metrics should not have \"le\" label")
    }
    if family.type != .summary, family.samples.contains(where: { $0[label: "quantile"] != nil }) {
        problems.append("non-summary metrics should not have \"quantile\" label")
    }
    return problems
}

@Sendable private func leavesOutItsType(_ family: ParsedFamily) -> [String] {
    let words = segments(family.name.lowercased()).dropFirst()
    var problems = ["counter", "gauge", "summary", "histogram"].filter { words.contains($0[...]) }
    if zip(words, words.dropFirst()).contains(where: { $0 == "gauge" && $1 == "histogram" }) {
        problems.append("gauge_histogram")
    }
    return problems.map { "metric name should not include type '\($0)'" }
}

@Sendable private func leavesOutColons(_ family: ParsedFamily) -> [String] {
    family.name.utf8.contains(Byte.colon) ? ["metric names should not contain ':'"] : []
}

@Sendable private func isSnakeCase(_ family: ParsedFamily) -> [String] {
    var problems: [String] = []
    if isCamelCase(family.name) {
        problems.append("metric names should be written in 'snake_case' not 'camelCase'")
    }
    if family.samples.contains(where: { $0.labels.contains { isCamelCase($0.name) } }) {
        problems.append("label names should be written in 'snake_case' not 'camelCase'")
    }
    return problems
}

@Sendable private func leavesOutAbbreviations(_ family: ParsedFamily) -> [String] {
    segments(family.name.lowercased()).dropFirst().contains { unitAbbreviations.contains($0) }
        ? ["metric names should not contain abbreviated units"] : []
}

/// Two samples are of one series if their names and labels are the same, in any order of the labels.
@Sendable private func isUnique(_ family: ParsedFamily) -> [String] {
    var seen: Set<[[UInt8]]> = []
    for sample in family.samples {
        // Compared as bytes, since strings that only look alike are equal as strings but are different label values.
        let labels = sample.labels.sorted { $0.name < $1.name }.flatMap { [Array($0.name.utf8), Array($0.value.utf8)] }
        guard seen.insert([Array(sample.name.utf8)] + labels).inserted else { return ["metric not unique"] }
    }
    return []
}

// MARK: - Words

private func segments(_ name: String) -> [Substring] {
    name.split(separator: "_", omittingEmptySubsequences: false)
}

private func isCamelCase(_ name: String) -> Bool {
    zip(name.utf8, name.utf8.dropFirst()).contains { first, second in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= first && UInt8(ascii: "A")...UInt8(ascii: "Z") ~= second
    }
}

/// The unit to use, by each unit known.
private let baseUnits = [
    "amperes": "amperes", "bytes": "bytes", "celsius": "celsius", "grams": "grams", "joules": "joules",
    "kelvin": "kelvin", "meters": "meters", "metres": "metres", "seconds": "seconds", "volts": "volts",
    "minutes": "seconds", "hours": "seconds", "days": "seconds", "weeks": "seconds",
    "kelvins": "kelvin", "fahrenheit": "celsius", "rankine": "celsius",
    "inches": "meters", "yards": "meters", "miles": "meters",
    "bits": "bytes", "calories": "joules", "pounds": "grams", "ounces": "grams",
]

/// What may stand before a unit, spelled as promlint spells it ("mibi"); the empty one first.
private let unitPrefixes = [
    "", "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi", "giga",
    "gibi", "tera", "tebi", "peta", "pebi",
]

private let unitAbbreviations: Set<Substring> = [
    "s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d",
]
