/// How a name is written for a scraper that can't take every UTF-8 name.
///
/// A plain name is `[a-zA-Z_:][a-zA-Z0-9_:]*`, a label's without the colons. See
/// <https://prometheus.io/docs/instrumenting/escaping_schemes/>; where that page and client_golang differ, this does what
/// the latter does, as scrapers were made against it.
public enum EscapingScheme: String, Sendable, Hashable, CaseIterable {
    /// Each character that a plain name can't have becomes `_`.
    case underscores
    /// `.` becomes `_dot_`, `_` becomes `__`, and so does each other character that a plain name can't have.
    case dots
    /// Plain names stay as they are; others begin with `U__` and have each odd character's code as `_2e_`.
    case values
    /// Names are written as they are, in quotes where they are not plain.
    case allowUTF8 = "allow-utf-8"

    /// A metric's name as this scheme writes it.
    public func escaped(_ name: String) -> String { escaped(name, isLabel: false) }

    /// A label's name as this scheme writes it.
    public func escaped(label name: String) -> String { escaped(name, isLabel: true) }

    private func escaped(_ name: String, isLabel: Bool) -> String {
        guard !name.isEmpty else { return "" }
        let isPlain = isLabel ? Self.isPlainLabel(name.utf8) : Self.isPlain(name.utf8)
        switch self {
        case .allowUTF8: return name
        case .underscores: return isPlain ? name : Self.underscored(name, isLabel)
        case .dots: return Self.dotted(name, isLabel)
        case .values: return isPlain ? name : Self.valued(name, isLabel)
        }
    }

    /// Whether plain names are written as they are.
    var keepsPlainNames: Bool { self != .dots }

    /// Whether a metric of this name can be written in every format.
    static func isPlain(_ name: some Collection<UInt8>) -> Bool {
        guard let first = name.first else { return false }
        return isPlainByte(first, isFirst: true) && name.dropFirst().allSatisfy { isPlainByte($0, isFirst: false) }
    }

    /// Whether a label of this name can be written in every format.
    package static func isPlain(label name: String) -> Bool { isPlainLabel(name.utf8) }

    /// Whether a label of this name can be written in every format. Scrapers keep the metric's name in `__name__`.
    static func isPlainLabel(_ name: some Collection<UInt8>) -> Bool {
        isPlain(name) && !name.contains(Byte.colon) && !name.elementsEqual("__name__".utf8)
    }

    private static func isPlainByte(_ byte: UInt8, isFirst: Bool) -> Bool {
        Byte.isNameByte(byte, isFirst: isFirst) || byte == Byte.colon
    }

    private static func isPlain(_ scalar: Unicode.Scalar, isFirst: Bool, _ isLabel: Bool) -> Bool {
        scalar.isASCII && !(isLabel && scalar == ":")
            && isPlainByte(UInt8(truncatingIfNeeded: scalar.value), isFirst: isFirst)
    }

    private static func underscored(_ name: String, _ isLabel: Bool) -> String {
        var out = String.UnicodeScalarView()
        for scalar in name.unicodeScalars { out.append(isPlain(scalar, isFirst: out.isEmpty, isLabel) ? scalar : "_") }
        return String(out)
    }

    private static func dotted(_ name: String, _ isLabel: Bool) -> String {
        var out = ""
        for (index, scalar) in name.unicodeScalars.enumerated() {
            switch scalar {
            case "_": out += "__"
            case ".": out += "_dot_"
            default: out += isPlain(scalar, isFirst: index == 0, isLabel) ? String(scalar) : "__"
            }
        }
        return out
    }

    private static func valued(_ name: String, _ isLabel: Bool) -> String {
        var out = "U__"
        for (index, scalar) in name.unicodeScalars.enumerated() {
            switch scalar {
            case "_": out += "__"
            default: out += isPlain(scalar, isFirst: index == 0, isLabel) ? String(scalar) : "_\(hex(scalar))_"
            }
        }
        return out
    }

    private static func hex(_ scalar: Unicode.Scalar) -> String { String(scalar.value, radix: 16) }
}
