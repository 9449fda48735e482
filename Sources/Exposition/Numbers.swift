// Numbers as Go's `strconv.FormatFloat(value, 'g', -1, 64)` writes them, which is what every Prometheus client prints:
// the fewest digits that read back as the same value, with an exponent below 1e-4 and from 1e6 on.

extension [UInt8] {
    /// Appends a whole number in decimal.
    mutating func appendInteger(_ value: Int64) {
        if value < 0 { append(Byte.minus) }
        appendDigits(value.magnitude)
    }

    /// Appends a count of observations, which is a whole number in every format.
    mutating func appendCount(_ value: UInt64) { appendDigits(value) }

    /// Appends seconds since 1970 to the millisecond, without an exponent.
    mutating func appendTimestamp(_ seconds: Double) {
        guard seconds.magnitude < 1e15 else {
            appendNumber(seconds, .openMetrics)
            return
        }
        let milliseconds = Int64((seconds * 1000).rounded())
        if milliseconds < 0 { append(Byte.minus) }
        appendDigits(milliseconds.magnitude / 1000)
        append(Byte.point)
        let rest = milliseconds.magnitude % 1000
        for digit in [rest / 100, rest / 10 % 10, rest % 10] { append(UInt8(ascii: "0") + UInt8(digit)) }
    }

    private mutating func appendDigits(_ value: UInt64) { append(addingCapacity: 20) { $0.append(Digits(value)) } }

    /// Appends a sample's value.
    mutating func appendNumber(_ value: Double, _ format: ExpositionFormat) {
        append(addingCapacity: OutputSpan<UInt8>.numberBytesMax) { $0.appendNumber(value, format) }
    }
}

extension OutputSpan<UInt8> {
    /// No number takes more.
    static var numberBytesMax: Int { 32 }

    /// Appends a sample's value. OpenMetrics wants a `.0` after a whole number, so that it can't be taken for a count.
    mutating func appendNumber(_ value: Double, _ format: ExpositionFormat) {
        guard value.isFinite else {
            let name: StaticString = value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf"
            for index in 0..<name.utf8CodeUnitCount { append(name.utf8Start[index]) }
            return
        }
        let isWhole = append(finite: value)
        guard isWhole, format == .openMetrics else { return }
        append(Byte.point)
        append(UInt8(ascii: "0"))
    }

    /// Appends a number, and says whether that took neither a point nor an exponent. It has 24 characters at most.
    private mutating func append(finite value: Double) -> Bool {
        if value.sign == .minus { append(Byte.minus) }
        let magnitude = value.magnitude
        if let (number, decimals) = Self.scaled(magnitude) { return append(Digits(number), decimals: decimals) }
        var text = AsciiText()
        magnitude.write(to: &text)
        // The standard library lays out these as Go does; those that are whole were scaled.
        if magnitude >= 1e-4, magnitude < 1e6 {
            text.withBytes { append(copyOf: $0) }
            return false
        }
        let (digits, decimals) = text.digits
        return append(digits, decimals: decimals)
    }

    /// Nearly all values that are scraped are whole, or have a few decimals (hundredths of a second, nanoseconds).
    /// Such a value times a power of ten is a whole number of at most 15 digits, and no two decimals of so few
    /// digits are the same Double: if dividing gives the value back, these digits are the shortest.
    private static func scaled(_ value: Double) -> (number: UInt64, decimals: Int)? {
        guard value < 1e15 else { return nil }
        let whole = UInt64(value)
        guard Double(whole) != value else { return (whole, 0) }
        guard value >= 1e-9 else { return nil }
        var scale = 1e9
        var decimals = 9
        while value * scale >= 1e15 {
            scale /= 10
            decimals -= 1
        }
        var number = UInt64(value * scale + 0.5)
        guard Double(number) / scale == value else { return nil }
        while number % 10 == 0 {
            number /= 10
            decimals -= 1
        }
        return (number, decimals)
    }

    /// Appends the number that has these digits and so many of them behind the point, as Go lays it out: with an
    /// exponent of at least two digits below 1e-4 and from 1e6 on.
    private mutating func append(_ digits: Digits, decimals: Int) -> Bool {
        let exponent = digits.count - decimals - 1
        guard exponent >= -4, exponent < 6 else {
            append(digits, exponent: exponent)
            return false
        }
        guard decimals > 0 else {
            append(digits)
            return true
        }
        if exponent < 0 {
            append(UInt8(ascii: "0"))
            append(Byte.point)
            for _ in exponent + 1..<0 { append(UInt8(ascii: "0")) }
        }
        for index in digits.start..<20 {
            if index == 20 - decimals, exponent >= 0 { append(Byte.point) }
            append(digits.bytes[index])
        }
        return false
    }

    private mutating func append(_ digits: Digits, exponent: Int) {
        // Zeros at the end are told by the exponent.
        var end = 20
        while end > digits.start + 1, digits.bytes[end - 1] == UInt8(ascii: "0") { end -= 1 }
        append(digits.bytes[digits.start])
        if end > digits.start + 1 {
            append(Byte.point)
            for index in digits.start + 1..<end { append(digits.bytes[index]) }
        }
        append(Byte.e)
        append(exponent < 0 ? Byte.minus : Byte.plus)
        if exponent.magnitude < 10 { append(UInt8(ascii: "0")) }
        append(Digits(UInt64(exponent.magnitude)))
    }

    fileprivate mutating func append(_ digits: Digits) {
        for index in digits.start..<20 { append(digits.bytes[index]) }
    }

    /// Appends bytes for which there is room.
    private mutating func append(copyOf bytes: UnsafeRawBufferPointer) {
        withUnsafeMutableBufferPointer { buffer, count in
            UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]).copyMemory(
                from: bytes
            )
            count += bytes.count
        }
    }
}

/// A whole number in decimal, at the end of its bytes; at least one digit.
private struct Digits {
    private(set) var bytes: [20 of UInt8] = .init(repeating: UInt8(ascii: "0"))
    private(set) var start = 20

    var count: Int { 20 - start }

    init(_ number: UInt64) {
        var rest = number
        repeat {
            start -= 1
            bytes[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
    }
}

/// What the standard library writes of a number, on the stack: a String of more than 15 digits is allocated.
private struct AsciiText: TextOutputStream {
    /// A Double has 24 characters at most.
    var bytes: [32 of UInt8] = .init(repeating: 0)
    var count = 0

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { _writeASCII($0) }
    }

    // How numbers are written, each in one piece. Should that end one day, they come as a String: right as well, but
    // allocated.
    mutating func _writeASCII(_ text: UnsafeBufferPointer<UInt8>) {
        guard count + text.count <= 32 else { return }
        let start = count
        withUnsafeMutableBytes(of: &bytes) { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[start...]).copyMemory(from: UnsafeRawBufferPointer(text))
        }
        count += text.count
    }

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeBytes(of: bytes) { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// The digits without their point and exponent, and how many of them stand behind the point, which is less than
    /// none where zeros follow. 17 digits suffice for any Double, so they fit; what else a large one has are zeros.
    var digits: (Digits, decimals: Int) {
        var number: UInt64 = 0
        var decimals = 0
        var exponent = 0
        var isNegative = false
        var part = Part.whole
        for index in 0..<count {
            let byte = bytes[index]
            switch byte {
            case Byte.point: part = .fraction
            case Byte.e, Byte.capitalE: part = .exponent
            case Byte.minus: isNegative = true
            case Byte.plus: break
            default:
                let digit = byte - UInt8(ascii: "0")
                guard part != .exponent else {
                    exponent = exponent * 10 + Int(digit)
                    continue
                }
                if part == .fraction { decimals += 1 }
                number = number * 10 + UInt64(digit)
            }
        }
        return (Digits(number), decimals - (isNegative ? -exponent : exponent))
    }

    private enum Part { case whole, fraction, exponent }
}
