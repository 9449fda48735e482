// Numbers in bytes. Each is nil for anything but that number, blanks around it included, and where it does not fit.

extension ArraySlice<UInt8> {
    /// A decimal number without a sign, up to 64 bits.
    public var uint64: UInt64? {
        guard !isEmpty else { return nil }
        return withUnsafeBufferPointer { bytes in
            var value: UInt64 = 0
            for byte in bytes {
                guard let digit = Self.digit(byte) else { return nil }
                let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = tenfold.addingReportingOverflow(digit)
                guard !overflow, !carry else { return nil }
                value = sum
            }
            return value
        }
    }

    /// A decimal number, perhaps negative, up to 64 bits.
    public var int64: Int64? {
        guard first == UInt8(ascii: "-") else { return uint64.flatMap { Int64(exactly: $0) } }
        guard let magnitude = dropFirst().uint64 else { return nil }
        return magnitude == Int64.min.magnitude ? .min : Int64(exactly: magnitude).map { -$0 }
    }

    /// A decimal number that fits an `Int`.
    public var int: Int? { int64.flatMap { Int(exactly: $0) } }

    /// A hexadecimal number, with or without `0x`, up to 64 bits.
    public var hex: UInt64? {
        let digits = starts(with: "0x") || starts(with: "0X") ? dropFirst(2) : self
        guard !digits.isEmpty, digits.count <= 16 else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            guard let digit = Self.hexDigit(byte) else { return nil }
            value = value << 4 | digit
        }
        return value
    }

    /// A finite decimal number: whole, with a fraction, with an exponent; also whole numbers past 64 bits.
    public var double: Double? {
        if count <= 15, let whole = int64 { return Double(whole) }
        guard !isEmpty, count <= 400 else { return nil }
        for byte in self {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                continue
            default: return nil
            }
        }
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? UInt64(byte - UInt8(ascii: "0")) : nil
    }

    private static func hexDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: digit(byte)
        }
    }
}
