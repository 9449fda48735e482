import ExporterSDK

/// A number of JSON, or why there is none.
enum JSONNumber: Equatable {
    /// A finite number.
    case value(Double)
    /// A number beyond what a Double holds, `1e999`.
    case outOfRange
    /// `null`, which is what JavaScript writes for NaN.
    case null
    /// Something else than a number.
    case otherKind

    /// The number, if it is one.
    var value: Double? {
        guard case .value(let value) = self else { return nil }
        return value
    }

    /// The number that these characters are, which follow the grammar of JSON.
    init(_ text: UnsafeBufferPointer<UInt8>) {
        if let value = Self.short(text) {
            self = .value(value)
            return
        }
        // Nobody needs more digits; a number that has them costs more than it is worth.
        guard text.count <= 400, let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
            self = .outOfRange
            return
        }
        self = .value(value)
    }

    /// Numbers without an exponent whose digits fit a Double's: dividing two exact numbers rounds once, so it is the
    /// nearest, as the slow way finds it.
    private static func short(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        var digits: UInt64 = 0
        var decimals = 0
        var hasPoint = false
        let isNegative = text.first == UInt8(ascii: "-")
        for index in (isNegative ? 1 : 0)..<text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard digits < 1 << 49 else { return nil }
                digits = digits * 10 + UInt64(byte - UInt8(ascii: "0"))
                if hasPoint { decimals += 1 }
            case UInt8(ascii: "."): hasPoint = true
            default: return nil
            }
        }
        guard digits <= 1 << 53, decimals < powersOfTen.count else { return nil }
        let value = Double(digits) / powersOfTen[decimals]
        return isNegative ? -value : value
    }

    /// Those that a Double holds exactly.
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
