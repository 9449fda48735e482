import ExporterSDK

/// `%2F` and the like, RFC 3986 2.1.
enum PercentCoding {
    /// The bytes without their codes, decoded once; a `%` that begins no code stands for itself.
    static func decoded(_ bytes: Bytes, plusIsBlank: Bool) -> Bytes {
        let needsWork = bytes.contains { $0 == UInt8(ascii: "%") || plusIsBlank && $0 == UInt8(ascii: "+") }
        guard needsWork else { return bytes }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = code(rest.prefix(2)) {
                out.append(code)
                rest = rest.dropFirst(2)
            } else {
                out.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return out[...]
    }

    private static func code(_ digits: Bytes) -> UInt8? {
        guard digits.count == 2, let value = digits.hex else { return nil }
        return UInt8(truncatingIfNeeded: value)
    }
}
