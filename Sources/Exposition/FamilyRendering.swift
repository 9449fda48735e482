/// A family's name and what stands before its samples, as bytes, under one escaping scheme.
final class FamilyRendering: Sendable {
    /// The name as text and protobuf have it, without quotes.
    let nameBytes: [UInt8]
    /// Whether the name has to stand in quotes within the braces.
    let isQuoted: Bool
    /// The first 16 bytes of the name as a number, by which nearly all names can be told apart and sorted.
    let nameKey: UInt128
    /// What OpenMetrics calls the family: the name without `_total` or `_info`.
    let openMetricsName: [UInt8]
    /// What OpenMetrics takes the family for.
    let openMetricsType: MetricType

    private let text: String
    private let help: String
    private let type: MetricType
    private let unit: String
    /// Made with the family, as these are what nearly every scrape needs.
    private let textHeader: [UInt8]
    private let openMetricsHeader: [UInt8]

    /// `name` is one that the scheme has escaped.
    init(_ name: String, _ help: String, _ type: MetricType, unit: String, hasStateLabel: Bool) {
        text = name
        self.help = help
        self.type = type
        self.unit = unit
        let nameBytes = Array(name.utf8)
        self.nameBytes = nameBytes
        isQuoted = !EscapingScheme.isPlain(nameBytes)
        nameKey = Self.key(nameBytes)
        let (shorter, openMetricsType) = Self.openMetricsName(name, type, hasStateLabel)
        openMetricsName = Array(shorter.utf8)
        self.openMetricsType = openMetricsType
        textHeader = Self.textHeader(name, help, type)
        openMetricsHeader = Self.openMetricsHeader(shorter, help, openMetricsType, unit)
    }

    private static func key(_ name: [UInt8]) -> UInt128 {
        (0..<16).reduce(0) { $0 << 8 | UInt128($1 < name.count ? name[$1] : 0) }
    }

    /// Whether this name comes before the other.
    func precedes(_ other: FamilyRendering) -> Bool {
        if nameKey != other.nameKey { return nameKey < other.nameKey }
        return nameBytes.lexicographicallyPrecedes(other.nameBytes)
    }

    /// Whether this name comes before that one.
    func precedes(_ name: [UInt8]) -> Bool { nameBytes.lexicographicallyPrecedes(name) }

    /// Whether both have the same name.
    func isNamed(as other: FamilyRendering) -> Bool { nameKey == other.nameKey && nameBytes == other.nameBytes }

    /// What stands before the samples.
    func header(_ format: ExpositionFormat) -> [UInt8] {
        switch format {
        case .text, .utf8Text: textHeader
        case .openMetrics: openMetricsHeader
        case .protobuf: protobufHeader
        }
    }

    /// The fields of a protobuf family behind its metrics.
    var protobufTrailer: [UInt8] {
        var out: [UInt8] = []
        let stem = type == .counter ? text.without(suffix: "_total") ?? text : text
        if Self.isUnit(unit, of: stem, type) { out.appendProtobuf(field: 5, bytes: unit.utf8) }
        return out
    }

    private var protobufHeader: [UInt8] {
        var out: [UInt8] = []
        out.appendProtobuf(field: 1, bytes: nameBytes)
        out.appendProtobuf(field: 2, bytes: help.utf8)
        out.appendProtobuf(field: 3, varint: type.protobufNumber)
        return out
    }

    /// Whether OpenMetrics drops a suffix of the name.
    var isShorterInOpenMetrics: Bool { openMetricsName.count < nameBytes.count }

    /// Whether OpenMetrics takes it for a counter, whose samples may have exemplars.
    var isOpenMetricsCounter: Bool { openMetricsType == .counter }

    /// The header in OpenMetrics where another family has the name that would be left of this one's.
    var openMetricsHeaderByFullName: [UInt8] {
        Self.openMetricsHeader(text, help, type == .counter ? .untyped : .gauge, unit)
    }

    private static func textHeader(_ name: String, _ help: String, _ type: MetricType) -> [UInt8] {
        let name = quotedIfNeeded(name)
        var out: [UInt8] = []
        out.append("# HELP ")
        out.append(contentsOf: name)
        out.append(" ")
        out.appendHelp(help, quotes: false)
        out.append("\n# TYPE ")
        out.append(contentsOf: name)
        out.append(" \(type.textName)\n")
        return out
    }

    /// OpenMetrics names a counter's family without `_total` and an info's without `_info`; those named otherwise are
    /// of another type to it.
    private static func openMetricsName(
        _ name: String,
        _ type: MetricType,
        _ hasStateLabel: Bool
    ) -> (name: String, type: MetricType) {
        switch type {
        case .counter: name.without(suffix: "_total").map { ($0, .counter) } ?? (name, .untyped)
        case .info: name.without(suffix: "_info").map { ($0, .info) } ?? (name, .gauge)
        case .stateSet: (name, hasStateLabel ? .stateSet : .gauge)
        case .gauge, .histogram, .summary, .untyped: (name, type)
        }
    }

    private static func openMetricsHeader(
        _ family: String,
        _ help: String,
        _ type: MetricType,
        _ unit: String
    ) -> [UInt8] {
        let name = quotedIfNeeded(family)
        var out: [UInt8] = []
        out.append("# TYPE ")
        out.append(contentsOf: name)
        out.append(" \(type.openMetricsName)\n")
        if isUnit(unit, of: family, type) {
            out.append("# UNIT ")
            out.append(contentsOf: name)
            out.append(" \(unit)\n")
        }
        out.append("# HELP ")
        out.append(contentsOf: name)
        out.append(" ")
        out.appendHelp(help, quotes: true)
        out.append("\n")
        return out
    }

    /// Whether this may be said to be the unit: it is the end of the name, and a plain word.
    private static func isUnit(_ unit: String, of name: String, _ type: MetricType) -> Bool {
        guard !unit.isEmpty, type != .info, type != .stateSet, name.without(suffix: "_" + unit) != nil else {
            return false
        }
        return unit.utf8.allSatisfy { Byte.isNameByte($0, isFirst: false) || $0 == Byte.colon }
    }

    private static func quotedIfNeeded(_ name: String) -> [UInt8] {
        guard !EscapingScheme.isPlain(name.utf8) else { return Array(name.utf8) }
        var out = [Byte.quote]
        out.appendEscaped(name, quotes: true)
        out.append(Byte.quote)
        return out
    }
}
