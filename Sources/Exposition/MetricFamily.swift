/// What is said once for all samples of a name: its type, its help text and its unit, rendered when declared.
///
/// A class because a writer tells families apart by identity, which costs one comparison of addresses.
public final class MetricFamily: Sendable {
    /// The name as the text format has it: a counter's ends in `_total`. Any UTF-8.
    public let name: String
    /// What the metric means, unescaped.
    public let help: String
    /// What its values mean.
    public let type: MetricType
    /// What its values are in, `seconds` or `bytes`: the end of its name, less `_total`. Empty where there is none.
    public let unit: String

    /// Whether the names of its labels can be written in every format, each being there once.
    let hasPlainLabels: Bool
    /// Whether every scheme that keeps plain names writes it in the same way.
    private let isPlain: Bool
    /// As most scrapers get it: by the scheme `underscores`, which leaves a plain name as it is.
    let rendering: FamilyRendering
    /// Whether it is a StateSet of which each sample has a label named like the family, as OpenMetrics wants it.
    private let hasStateLabel: Bool

    /// A family with a name that may come from outside: bytes that a plain name can't have become `_`.
    public convenience init(_ type: MetricType, name: String, help: String) {
        self.init(type, declared: Self.legalName(name), help: help, labels: [])
    }

    /// A family with a name of the program's own, which may be any UTF-8; an empty one becomes `_`.
    ///
    /// `labels` are the label names of its samples as far as they are known. A `unit` that is not given is read off the
    /// name.
    package init(_ type: MetricType, declared name: String, help: String, labels: [String], unit: String? = nil) {
        let name = name.isEmpty ? "_" : name
        self.name = name
        self.help = help
        self.type = type
        self.unit = unit ?? Self.unit(of: name, type)
        hasPlainLabels = labels.allSatisfy { EscapingScheme.isPlainLabel($0.utf8) } && Set(labels).count == labels.count
        hasStateLabel = type == .stateSet && labels.contains { $0.isSame(as: name) }
        isPlain = EscapingScheme.isPlain(name.utf8) && (!hasStateLabel || EscapingScheme.isPlainLabel(name.utf8))
        rendering = Self.rendering(name, help, type, self.unit, hasStateLabel, .underscores)
    }

    private static func rendering(
        _ name: String,
        _ help: String,
        _ type: MetricType,
        _ unit: String,
        _ hasStateLabel: Bool,
        _ scheme: EscapingScheme
    ) -> FamilyRendering {
        let escaped = scheme.escaped(name)
        // A metric's name may have colons where a label's may not.
        let hasStateLabel = hasStateLabel && scheme.escaped(label: name).isSame(as: escaped)
        return FamilyRendering(escaped, help, type, unit: unit, hasStateLabel: hasStateLabel)
    }

    /// How the family is written by a scheme; made anew where the scheme changes the name or quotes it.
    func rendering(by scheme: EscapingScheme) -> FamilyRendering {
        if scheme == .underscores || (isPlain && scheme.keepsPlainNames) { return rendering }
        return Self.rendering(name, help, type, unit, hasStateLabel, scheme)
    }

    /// Matches `[a-zA-Z_:][a-zA-Z0-9_:]*`, whatever is given.
    static func legalName(_ name: String) -> String {
        var bytes = name.utf8.map { isNameByte($0) ? $0 : Byte.underscore }
        if bytes.first.map(Byte.isDigit) ?? true { bytes.insert(Byte.underscore, at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        Byte.isNameByte(byte, isFirst: false) || byte == Byte.colon
    }

    /// The base unit that a name ends in. OpenMetrics lets infos and state sets have none.
    private static func unit(of name: String, _ type: MetricType) -> String {
        guard type != .info, type != .stateSet else { return "" }
        let stem = type == .counter ? name.without(suffix: "_total") ?? name : name
        guard let underscore = stem.lastIndex(of: "_"), underscore > stem.startIndex else { return "" }
        let last = String(stem[stem.index(after: underscore)...])
        return baseUnits.contains(last) ? last : ""
    }

    /// <https://prometheus.io/docs/practices/naming/#base-units>
    private static let baseUnits: Set<String> = [
        "seconds", "bytes", "ratio", "celsius", "kelvin", "meters", "volts", "amperes", "joules", "grams", "hertz",
        "watts",
    ]
}
