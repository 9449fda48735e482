import Glibc
import Testing

@testable import Exposition

/// Values are written as Go's `strconv.FormatFloat(value, 'g', -1, 64)` writes them.
struct NumberTests {
    @Test(arguments: [
        (0, "0"), (-0.0, "-0"), (1, "1"), (-1, "-1"), (10, "10"), (42, "42"), (100, "100"), (120, "120"),
        (100_000, "100000"), (123_456, "123456"), (999_999, "999999"), (-999_999, "-999999"),
        (1_000_000, "1e+06"), (-1_000_000, "-1e+06"), (1_000_001, "1.000001e+06"), (1_234_567, "1.234567e+06"),
        (123_456_789, "1.23456789e+08"), (1e10, "1e+10"), (1e15, "1e+15"),
        (999_999_999_999_999, "9.99999999999999e+14"),
        (9_007_199_254_740_991, "9.007199254740991e+15"), (0x1p53, "9.007199254740992e+15"),
        (0x1p53 + 2, "9.007199254740994e+15"), (0x1p54, "1.8014398509481984e+16"),
        (0x1p63, "9.223372036854776e+18"), (0x1p64, "1.8446744073709552e+19"), (1e21, "1e+21"),
        (1e22, "1e+22"), (1e23, "1e+23"), (1e99, "1e+99"), (1e100, "1e+100"), (1e300, "1e+300"),
        (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (-.greatestFiniteMagnitude, "-1.7976931348623157e+308"),
    ])
    func wholeNumbers(value: Double, expected: String) { #expect(written(value) == expected) }

    @Test(arguments: [
        (0.1, "0.1"), (-0.1, "-0.1"), (0.5, "0.5"), (0.01, "0.01"), (0.001, "0.001"), (0.0001, "0.0001"),
        (0.00012, "0.00012"), (0.00001, "1e-05"), (0.000012, "1.2e-05"), (1e-9, "1e-09"), (1.5e-9, "1.5e-09"),
        (1e-10, "1e-10"), (1e-99, "1e-99"), (1e-100, "1e-100"), (1.0 / 3, "0.3333333333333333"),
        (2.0 / 3, "0.6666666666666666"), (1.5, "1.5"), (12.34, "12.34"), (123_456.78, "123456.78"),
        (999_999.99, "999999.99"), (999_999.999999, "999999.999999"), (1_234_567.89, "1.23456789e+06"),
        (1_700_000_000.123, "1.700000000123e+09"), (1_700_000_000.123456, "1.700000000123456e+09"),
        (0.1 + 0.2, "0.30000000000000004"), (.pi, "3.141592653589793"),
        (2.220446049250313e-16, "2.220446049250313e-16"),
        (0.000_123_456_789, "0.000123456789"), (99.99999999999999, "99.99999999999999"),
        (.leastNonzeroMagnitude, "5e-324"), (Double(bitPattern: 2), "1e-323"),
        (.leastNormalMagnitude.nextDown, "2.225073858507201e-308"),
        (.leastNormalMagnitude, "2.2250738585072014e-308"), (4.35, "4.35"), (1.005, "1.005"),
        (0x1p-44, "5.684341886080802e-14"),
    ])
    func fractions(value: Double, expected: String) { #expect(written(value) == expected) }

    @Test(arguments: [
        (Double.nan, "NaN"), (-.nan, "NaN"), (.signalingNaN, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
    ])
    func notFinite(value: Double, expected: String) {
        #expect(written(value) == expected)
        #expect(written(value, .openMetrics) == expected)
    }

    /// A `.0` after whole numbers only, so that none can be taken for a count.
    @Test(arguments: [
        (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (100_000, "100000.0"), (999_999, "999999.0"), (1_000_000, "1e+06"),
        (1.5, "1.5"), (0.00001, "1e-05"), (1_234_567, "1.234567e+06"),
    ])
    func openMetrics(value: Double, expected: String) { #expect(written(value, .openMetrics) == expected) }

    @Test(arguments: [
        (0, "0"), (7, "7"), (-7, "-7"), (10, "10"), (Int64.max, "9223372036854775807"), (.min, "-9223372036854775808"),
    ])
    func integers(value: Int64, expected: String) {
        var bytes: [UInt8] = []
        bytes.appendInteger(value)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func appendsAndKeepsWhatWasThere() {
        var bytes = Array("1.5e ".utf8)
        bytes.appendNumber(7, .openMetrics)
        #expect(String(decoding: bytes, as: UTF8.self) == "1.5e 7.0")
    }

    // MARK: At random

    /// Any bits: read back they are the same value, in as few digits as the standard library finds.
    @Test func randomBitsComeBack() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<100_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            let text = written(value)
            guard Double(text)?.bitPattern == value.bitPattern, digits(text) == digits(value.description) else {
                Issue.record("\(value) (bits \(value.bitPattern)) became \(text)")
                return
            }
        }
    }

    /// What is scraped mostly: whole numbers, hundredths, milliseconds and nanoseconds as seconds.
    @Test(arguments: [1.0, 100, 1000, 1e6, 1e9])
    func randomFractionsComeBack(scale: Double) {
        for _ in 0..<10_000 {
            let bits = Int.random(in: 0...60)
            let value = Double(UInt64.random(in: 0...(1 << UInt64(bits)))) / scale
            let text = written(value)
            guard Double(text) == value, digits(text) == digits(value.description) else {
                Issue.record("\(value) (bits \(value.bitPattern)) became \(text)")
                return
            }
        }
    }

    /// The same layout as C's `%e` and `%f` give for the fewest digits that come back.
    @Test func randomBitsHaveGoLayout() {
        for _ in 0..<20_000 {
            let exponent = Int.random(in: -8...10)
            let value = Double.random(in: -1...1) * pow(10, Double(exponent))
            guard written(value) == goText(value) else {
                Issue.record("\(value) became \(written(value)), not \(goText(value))")
                return
            }
        }
    }

    // MARK: Helpers

    private func written(_ value: Double, _ format: ExpositionFormat = .text) -> String {
        var bytes: [UInt8] = []
        bytes.appendNumber(value, format)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The digits that count: without sign, point, exponent and zeros at both ends.
    private func digits(_ text: String) -> String {
        let mantissa = text.prefix { $0 != "e" }.filter(\.isNumber)
        var digits = Substring(mantissa.drop { $0 == "0" })
        while digits.last == "0" { digits.removeLast() }
        return String(digits)
    }

    /// What Go does, by way of C.
    private func goText(_ value: Double) -> String {
        for precision in 0...16 {
            let text = formatted("%.\(precision)e", value)
            guard Double(text) == value, let mark = text.firstIndex(of: "e"),
                let exponent = Int(text[text.index(after: mark)...])
            else { continue }
            return exponent < -4 || exponent >= 6 ? text : formatted("%.\(max(0, precision - exponent))f", value)
        }
        return "no precision suffices"
    }

    private func formatted(_ format: String, _ value: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 512)
        let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
        return String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
