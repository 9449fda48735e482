import ExporterSDK

/// The characters of a text in JSON.
enum JSONText {
    /// Where the quote is that ends a text which begins here, and whether there are escapes before it; nil where the text does not end,
    /// or holds a control character, which RFC 8259 wants escaped.
    static func end(of bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (index: Int, hasEscapes: Bool)? {
        var hasEscapes = false
        var index = start
        while index < bytes.count {
            if index + 8 <= bytes.count {
                let plain = plainCount(bytes, at: index)
                index += plain
                if plain == 8 { continue }
            }
            switch bytes[index] {
            case UInt8(ascii: "\""): return (index, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                index += 2
            case 0..<0x20: return nil
            default: index += 1
            }
        }
        return nil
    }

    /// How many of eight bytes stand before one that ends a text, begins an escape or is a control character: all are
    /// looked at in one piece. A byte's highest bit tells that it is below a limit, wrongly only behind one that is.
    @inline(__always)
    private static func plainCount(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        let word = UInt64(
            littleEndian: UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self)
        )
        let each: UInt64 = 0x0101_0101_0101_0101
        func below(_ limit: UInt64, _ word: UInt64) -> UInt64 { (word &- each &* limit) & ~word & (each &* 0x80) }
        let quotes = below(1, word ^ each &* UInt64(UInt8(ascii: "\"")))
        let escapes = below(1, word ^ each &* UInt64(UInt8(ascii: "\\")))
        return (quotes | escapes | below(0x20, word)).trailingZeroBitCount / 8
    }

    /// A text without its escapes; nil where one is none. Half of a surrogate pair becomes U+FFFD.
    static func unescaped(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var rest = Bytes(Array(bytes))
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard let kind = rest.popFirst() else { return nil }
            switch kind {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(kind)
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "u"):
                guard let unit = codeUnit(&rest) else { return nil }
                append(unit, &rest, to: &out)
            default: return nil
            }
        }
        return out
    }

    /// The four hexadecimal digits behind `\u`.
    private static func codeUnit(_ rest: inout Bytes) -> UInt32? {
        let digits = rest.prefix(4)
        guard digits.count == 4, !digits.starts(with: "0x"), !digits.starts(with: "0X"), let value = digits.hex else {
            return nil
        }
        rest = rest.dropFirst(4)
        return UInt32(truncatingIfNeeded: value)
    }

    /// Appends a UTF-16 code unit, with the one behind it where the two are a pair.
    private static func append(_ unit: UInt32, _ rest: inout Bytes, to out: inout [UInt8]) {
        var value = unit
        if (0xD800...0xDBFF).contains(unit), var after = rest.dropping(prefix: "\\u"),
            let low = codeUnit(&after), (0xDC00...0xDFFF).contains(low)
        {
            value = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            rest = after
        }
        out.append(contentsOf: Character(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
    }
}
