// The types that flags have. Where a flag is given twice, the last one counts, but for lists.

extension Bool: FlagValue {
    public static func parse(_ texts: [String]) throws(UsageError) -> Bool {
        switch texts.last {
        case "true", "1": true
        case "false", "0": false
        default: throw UsageError("\"\(texts.last ?? "")\" is neither true nor false")
        }
    }

    public var flagText: String { self ? "true" : "" }
}

extension String: FlagValue {
    public static func parse(_ texts: [String]) throws(UsageError) -> String { texts.last ?? "" }
    public var flagText: String { self }
}

extension Int: FlagValue {
    public static func parse(_ texts: [String]) throws(UsageError) -> Int {
        guard let value = texts.last.flatMap({ Bytes($0).int }), value >= 0 else {
            throw UsageError("\"\(texts.last ?? "")\" is not a whole number from 0")
        }
        return value
    }

    public var flagText: String { String(self) }
}

extension [String]: FlagValue {
    public static func parse(_ texts: [String]) throws(UsageError) -> [String] { texts }
    public var flagText: String { joined(separator: ", ") }
}

extension Duration: FlagValue {
    /// A duration as Prometheus writes it: `500ms`, `5s`, `1m30s`, `2h`.
    public static func parse(_ texts: [String]) throws(UsageError) -> Duration {
        let text = texts.last ?? ""
        guard let duration = parse(Bytes(text)) else {
            throw UsageError("\"\(text)\" is not a duration such as 500ms, 5s, 1m30s or 2h")
        }
        return duration
    }

    public var flagText: String {
        let (seconds, attoseconds) = components
        if attoseconds != 0 { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        if seconds != 0, seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        if seconds != 0, seconds % 60 == 0 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }

    private static func parse(_ bytes: Bytes) -> Duration? {
        if bytes == "0" { return .zero }
        var rest = bytes
        var sum = Duration.zero
        while !rest.isEmpty {
            let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
            rest = rest.dropFirst(unit.count)
            guard digits.count <= 9, let number = digits.int, let piece = duration(number, unit) else { return nil }
            sum += piece
        }
        return bytes.isEmpty ? nil : sum
    }

    private static func duration(_ number: Int, _ unit: Bytes) -> Duration? {
        switch unit.text {
        case "ms": .milliseconds(number)
        case "s": .seconds(number)
        case "m": .seconds(number * 60)
        case "h": .seconds(number * 3600)
        case "d": .seconds(number * 86400)
        default: nil
        }
    }
}

extension Optional: FlagValue where Wrapped: FlagValue {
    public static func parse(_ texts: [String]) throws(UsageError) -> Wrapped? {
        texts.last?.isEmpty ?? true ? nil : try Wrapped.parse(texts)
    }

    public var flagText: String { self?.flagText ?? "" }
}
