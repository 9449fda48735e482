/// What is said once for all samples of a name: its type and its help text, rendered when declared.
///
/// A class because a writer tells families apart by identity, which costs one comparison of addresses.
public final class MetricFamily: Sendable {
    /// The name as the text format has it: a counter's ends in `_total`.
    public let name: String
    /// What the metric means, unescaped.
    public let help: String
    /// What its values mean.
    public let type: MetricType

    let nameBytes: [UInt8]
    /// The first 16 bytes of the name as a number, by which nearly all names can be told apart and sorted.
    let nameKey: UInt128
    /// The `# HELP` and `# TYPE` lines.
    let textHeader: [UInt8]
    let openMetricsHeader: [UInt8]
    /// What OpenMetrics calls the family: the name without `_total` or `_info`.
    let openMetricsName: [UInt8]

    /// A family with a name that may come from outside: bytes that a metric's name can't have become `_`.
    public init(_ type: MetricType, name: String, help: String) {
        self.name = Self.legalName(name)
        self.help = help
        self.type = type
        let nameBytes = Array(self.name.utf8)
        self.nameBytes = nameBytes
        nameKey = (0..<16).reduce(0) { key, index in key << 8 | UInt128(index < nameBytes.count ? nameBytes[index] : 0)
        }
        textHeader = Self.textHeader(self.name, help, type)
        let (openMetricsName, openMetricsType) = Self.openMetricsName(self.name, type)
        self.openMetricsName = Array(openMetricsName.utf8)
        openMetricsHeader = Self.openMetricsHeader(openMetricsName, help, openMetricsType)
    }

    /// Whether this family's name comes before the other's.
    func precedes(_ other: MetricFamily) -> Bool {
        if nameKey != other.nameKey { return nameKey < other.nameKey }
        return nameBytes.lexicographicallyPrecedes(other.nameBytes)
    }

    /// Whether both have the same name.
    func isNamed(as other: MetricFamily) -> Bool { nameKey == other.nameKey && nameBytes == other.nameBytes }

    func header(_ format: ExpositionFormat) -> [UInt8] {
        switch format {
        case .text: textHeader
        case .openMetrics: openMetricsHeader
        }
    }

    /// Whether OpenMetrics drops a suffix of the name.
    var isShorterInOpenMetrics: Bool { openMetricsName.count < nameBytes.count }

    /// The header in OpenMetrics where another family has the name that would be left of this one's.
    var openMetricsHeaderByFullName: [UInt8] { Self.openMetricsHeader(name[...], help, "unknown") }

    /// Matches `[a-zA-Z_:][a-zA-Z0-9_:]*`, whatever is given.
    static func legalName(_ name: String) -> String {
        var bytes = name.utf8.map { isNameByte($0) ? $0 : Byte.underscore }
        if bytes.first.map(Byte.isDigit) ?? true { bytes.insert(Byte.underscore, at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        Byte.isNameByte(byte, isFirst: false) || byte == Byte.colon
    }

    private static func textHeader(_ name: String, _ help: String, _ type: MetricType) -> [UInt8] {
        var out: [UInt8] = []
        out.append("# HELP \(name) ")
        out.appendEscaped(help, quotes: false)
        out.append("\n# TYPE \(name) \(type.textName)\n")
        return out
    }

    /// OpenMetrics names a counter's family without `_total` and an info's without `_info`; those named otherwise are
    /// of another type to it.
    private static func openMetricsName(_ name: String, _ type: MetricType) -> (name: Substring, type: StaticString) {
        switch type {
        case .counter:
            name.hasSuffix("_total") ? (name.dropLast("_total".count), type.openMetricsName) : (name[...], "unknown")
        case .info:
            name.hasSuffix("_info") ? (name.dropLast("_info".count), type.openMetricsName) : (name[...], "gauge")
        // Its samples would need a label named like the family, which the peers' metrics don't have.
        case .stateSet: (name[...], "gauge")
        case .gauge, .histogram, .summary, .untyped: (name[...], type.openMetricsName)
        }
    }

    private static func openMetricsHeader(_ family: Substring, _ help: String, _ type: StaticString) -> [UInt8] {
        var out: [UInt8] = []
        out.append("# TYPE \(family) \(type)\n# HELP \(family) ")
        out.appendEscaped(help, quotes: true)
        out.append("\n")
        return out
    }
}
