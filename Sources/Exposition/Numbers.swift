// Numbers as Go's `strconv.FormatFloat(value, 'g', -1, 64)` writes them, which is what every Prometheus client prints:
// the fewest digits that read back as the same value, with an exponent below 1e-4 and from 1e6 on.

extension [UInt8] {
    /// Appends a whole number in decimal.
    mutating func appendInteger(_ value: Int64) {
        if value < 0 { append(Byte.minus) }
        appendDigits(value.magnitude)
    }

    private mutating func appendDigits(_ value: UInt64) {
        var digits: [20 of UInt8] = .init(repeating: UInt8(ascii: "0"))
        let count = value.decimalDigits(into: &digits)
        for index in 0..<count { append(digits[index]) }
    }

    /// Appends a sample's value. OpenMetrics wants a `.0` after a whole number, so that it can't be taken for a count.
    mutating func appendNumber(_ value: Double, _ format: ExpositionFormat) {
        guard value.isFinite else {
            append(value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf")
            return
        }
        let start = count
        let decimal = Decimal(value)
        decimal.append(to: &self)
        if format == .openMetrics,
            !self[start...].contains(where: { $0 == Byte.point || $0 == Byte.e })
        {
            append(".0")
        }
    }
}

extension UInt64 {
    /// Fills `digits` from the left and returns how many there are.
    fileprivate func decimalDigits(into digits: inout [20 of UInt8]) -> Int {
        var count = 1
        var power = self
        while power >= 10 {
            power /= 10
            count += 1
        }
        var rest = self
        for index in stride(from: count - 1, through: 0, by: -1) {
            digits[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return count
    }
}

/// A finite Double as the shortest decimal that reads back as the same: 0.`digits` x 10^`point`.
private struct Decimal {
    var isNegative: Bool
    var digits: [20 of UInt8] = .init(repeating: UInt8(ascii: "0"))
    var count = 1
    /// Where the point stands, counted from before the first digit.
    var point = 1

    init(_ value: Double) {
        isNegative = value.sign == .minus
        guard value != 0 else { return }
        if !setScaled(value.magnitude) { setShortest(value.magnitude) }
    }

    /// Nearly all values that are scraped are whole, or have a few decimals (hundredths of a second, nanoseconds).
    /// Such a value times a power of ten is a whole number of at most 15 digits, and no two decimals of so few
    /// digits are the same Double: if dividing gives the value back, these digits are the shortest. No allocation.
    private mutating func setScaled(_ value: Double) -> Bool {
        guard value < 1e15, value >= 1e-9 else { return false }
        var scale = 1.0
        for decimals in 0...9 {
            let scaled = (value * scale).rounded(.toNearestOrEven)
            guard scaled < 1e15 else { return false }
            if scaled / scale == value {
                setDigits(UInt64(scaled), decimals: decimals)
                return true
            }
            scale *= 10
        }
        return false
    }

    private mutating func setDigits(_ number: UInt64, decimals: Int) {
        count = number.decimalDigits(into: &digits)
        point = count - decimals
        trimZeros()
    }

    /// The standard library knows the shortest digits; only the way they are laid out is ours.
    private mutating func setShortest(_ value: Double) {
        count = 0
        point = 0
        var exponent = 0
        var exponentIsNegative = false
        var part = Part.whole
        for byte in value.description.utf8 {
            switch byte {
            case Byte.point: part = .fraction
            case Byte.e, Byte.capitalE: part = .exponent
            case Byte.minus: exponentIsNegative = true
            case Byte.plus: break
            default:
                let digit = Int(byte - UInt8(ascii: "0"))
                if part == .exponent {
                    exponent = exponent * 10 + digit
                } else {
                    appendDigit(byte, afterPoint: part == .fraction)
                }
            }
        }
        point += exponentIsNegative ? -exponent : exponent
        trimZeros()
    }

    private enum Part { case whole, fraction, exponent }

    private mutating func appendDigit(_ byte: UInt8, afterPoint: Bool) {
        if count == 0, byte == UInt8(ascii: "0") {
            if afterPoint { point -= 1 }
            return
        }
        if !afterPoint { point += 1 }
        // 17 digits suffice for any Double; what the whole part of a large value has beyond them are zeros.
        if count < 20 {
            digits[count] = byte
            count += 1
        }
    }

    private mutating func trimZeros() {
        while count > 1, digits[count - 1] == UInt8(ascii: "0") { count -= 1 }
    }

    /// Go's layout of the shortest form: an exponent of at least two digits below 1e-4 and from 1e6 on.
    func append(to out: inout [UInt8]) {
        if isNegative { out.append(Byte.minus) }
        let exponent = point - 1
        if exponent < -4 || exponent >= 6 {
            appendExponential(exponent, to: &out)
        } else {
            appendPlain(to: &out)
        }
    }

    private func appendExponential(_ exponent: Int, to out: inout [UInt8]) {
        out.append(digits[0])
        if count > 1 {
            out.append(Byte.point)
            for index in 1..<count { out.append(digits[index]) }
        }
        out.append(Byte.e)
        out.append(exponent < 0 ? Byte.minus : Byte.plus)
        if exponent.magnitude < 10 { out.append(UInt8(ascii: "0")) }
        out.appendInteger(Int64(exponent.magnitude))
    }

    private func appendPlain(to out: inout [UInt8]) {
        if point <= 0 {
            out.append("0.")
            for _ in point..<0 { out.append(UInt8(ascii: "0")) }
        }
        for index in 0..<max(count, point) {
            if index == point, point > 0 { out.append(Byte.point) }
            out.append(index < count ? digits[index] : UInt8(ascii: "0"))
        }
    }
}
