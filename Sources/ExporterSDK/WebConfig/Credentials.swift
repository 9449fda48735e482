import NIOHTTP1

/// What a request shows to be let in: the header `Authorization`.
enum Credentials: Equatable {
    case none
    case basic(user: [UInt8], password: [UInt8])
    case bearer(token: [UInt8])
    /// Something that can't be right: of another scheme, twice, or garbled.
    case malformed

    init(_ headers: HTTPHeaders) {
        let values = headers["authorization"]
        guard let value = values.first else {
            self = .none
            return
        }
        self = values.count == 1 ? Self.parse(Bytes(value)) : .malformed
    }

    static func parse(_ value: Bytes) -> Credentials {
        guard let (scheme, rest) = value.trimmed.cut(at: " ") else { return .malformed }
        switch scheme.text.lowercased() {
        case "basic":
            guard let text = base64(rest.trimmed), let (user, password) = text[...].cut(at: ":") else {
                return .malformed
            }
            return .basic(user: Array(user), password: Array(password))
        case "bearer": return .bearer(token: Array(rest.trimmed))
        default: return .malformed
        }
    }

    /// RFC 4648 4, with its padding.
    private static func base64(_ text: Bytes) -> [UInt8]? {
        guard text.count % 4 == 0, let last = text.last else { return nil }
        let digits = last == UInt8(ascii: "=") ? text.dropLast(text.dropLast().last == last ? 2 : 1) : text
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in digits {
            guard let value = value(of: digit) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        return bytes
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
