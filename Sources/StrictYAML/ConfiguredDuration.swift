extension Duration: ConfigurationValue {
    /// A duration as Prometheus and Go write it: `500ms`, `1m30s`, `1.5s`, `2h`, `1d`; `0` needs no unit.
    public init(_ node: YAMLNode) throws(ConfigurationError) {
        let wanted = "a duration such as 500ms, 5s, 1m30s or 2h"
        let text = try node.scalar(wanted)
        guard let duration = Duration(configured: text) else {
            throw node.error("\(wanted) should be here, not \"\(shown(text))\"")
        }
        self = duration
    }

    init?(configured text: String) {
        var rest = Substring(text)
        var sum = Duration.zero
        if text == "0" { rest = "" } else if text.isEmpty { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            var fraction = Substring()
            if rest.hasPrefix(".") {
                fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
                rest = rest.dropFirst(fraction.count + 1)
            }
            let unit = rest.prefix { $0.isLetter || $0 == "µ" }
            rest = rest.dropFirst(unit.count)
            guard digits.count + fraction.count > 0, digits.count <= 9, fraction.count <= 9,
                let length = Self.nanoseconds(of: unit)
            else { return nil }
            var (part, isTooLong) = (Int64(digits) ?? 0).multipliedReportingOverflow(by: length)
            // Half of what fits is 146 years, and leaves room for the fraction.
            guard !isTooLong, part < Int64.max / 2 else { return nil }
            var digitLength = length
            for digit in fraction {
                digitLength /= 10
                part += Int64(digit.wholeNumberValue ?? 0) * digitLength
            }
            sum += .nanoseconds(part)
        }
        self = sum
    }

    /// A year is 365 days, as in Prometheus.
    private static func nanoseconds(of unit: Substring) -> Int64? {
        let second: Int64 = 1_000_000_000
        return switch unit {
        case "ns": 1
        case "us", "µs": 1_000
        case "ms": 1_000_000
        case "s": second
        case "m": 60 * second
        case "h": 3600 * second
        case "d": 86_400 * second
        case "w": 7 * 86_400 * second
        case "y": 365 * 86_400 * second
        default: nil
        }
    }
}
