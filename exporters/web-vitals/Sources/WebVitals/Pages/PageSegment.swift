import ExporterSDK

/// A piece of a path between two slashes, and whether it names a page or a thing: `orders` or `8842`.
enum PageSegment {
    /// Longer ones name things.
    static let bytesMax = 40

    /// What a segment stands for.
    enum Kind: Equatable {
        /// A page, or a placeholder in a template.
        case name
        /// One thing of many.
        case identifier
        /// Words with hyphens, as titles are written: a page, or one of many.
        case slug
    }

    static func kind(_ segment: Bytes) -> Kind {
        if isPlaceholder(segment) { return .name }
        guard segment.count <= bytesMax, isText(segment) else { return .identifier }
        let counts = Counts(segment)
        if counts.hasAt || counts.digits == segment.count { return .identifier }
        // Numbers with signs between them: dates, versions, amounts.
        if counts.digits > 0, counts.letters == 0 { return .identifier }
        // Hexadecimal: hashes and UUIDs.
        let isHex = counts.hexLetters == counts.letters && counts.others == 0
        if isHex, segment.count >= 8, counts.digits > 0 || segment.count >= 16 { return .identifier }
        if segment.count >= 4, counts.digits * 3 > segment.count { return .identifier }
        // What machines make up: ULIDs, nanoids, base64.
        if segment.count >= 16, counts.others == 0 {
            if counts.hasAllKinds || counts.hyphens < 2 && counts.isMixed { return .identifier }
        }
        return counts.hyphens >= 2 || segment.count >= 24 ? .slug : .name
    }

    /// `:id`, `[id]`, `[...slug]`, `{id}`, `<id>`, `*`: what templates of routers look like.
    static func isPlaceholder(_ segment: Bytes) -> Bool {
        guard segment.count <= bytesMax, let first = segment.first, let last = segment.last else { return false }
        let inner: Bytes
        switch (first, last) {
        case (UInt8(ascii: ":"), _), (UInt8(ascii: "$"), _): inner = segment.dropFirst()
        case (UInt8(ascii: "["), UInt8(ascii: "]")), (UInt8(ascii: "{"), UInt8(ascii: "}")),
            (UInt8(ascii: "<"), UInt8(ascii: ">")):
            inner = segment.dropFirst().dropLast()
        default: return segment == "*"
        }
        return !inner.isEmpty
            && inner.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "]"):
                    return true
                default: return false
                }
            }
    }

    /// Whether it is UTF-8 without control characters.
    private static func isText(_ segment: Bytes) -> Bool {
        let isASCII = segment.allSatisfy { $0 < 0x80 }
        guard segment.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
        return isASCII || String(validating: segment, as: UTF8.self) != nil
    }

    /// What a segment is made of.
    private struct Counts {
        var digits = 0
        var letters = 0
        var upper = 0
        var hexLetters = 0
        var hyphens = 0
        var others = 0
        var hasAt = false

        init(_ segment: Bytes) {
            for byte in segment {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
                case UInt8(ascii: "a")...UInt8(ascii: "z"):
                    letters += 1
                    if byte <= UInt8(ascii: "f") { hexLetters += 1 }
                case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    letters += 1
                    upper += 1
                    if byte <= UInt8(ascii: "F") { hexLetters += 1 }
                case UInt8(ascii: "-"), UInt8(ascii: "_"): hyphens += 1
                case UInt8(ascii: "@"):
                    hasAt = true
                    others += 1
                default:
                    others += 1
                    if byte >= 0x80 { letters += 1 }
                }
            }
        }

        /// Digits, capitals and small letters.
        var hasAllKinds: Bool { digits > 0 && upper > 0 && upper < letters }

        /// Digits among letters, or both cases in a disorder.
        var isMixed: Bool { digits > 0 || (upper > 2 && upper < letters) }
    }
}
