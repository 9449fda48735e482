import Testing

@testable import Exposition

/// Nothing that comes from outside breaks out of its quotes or its line, and all of it can be read back.
struct EscapingTests {
    private let metric = Metric(.gauge, "m", "Help.", labels: ["l"])

    @Test(arguments: textFormats)
    func eachByteInALabelValue(format: ExpositionFormat) {
        for byte in UInt8.min ... .max {
            let expected: [UInt8] =
                switch byte {
                case UInt8(ascii: "\\"): Array("a\\\\b".utf8)
                case UInt8(ascii: "\""): Array("a\\\"b".utf8)
                case UInt8(ascii: "\n"): Array("a\\nb".utf8)
                case 0x80...: Array("a\u{FFFD}b".utf8)
                default: [UInt8(ascii: "a"), byte, UInt8(ascii: "b")]
                }
            var writer = MetricWriter(format: format)
            writer.emit(metric, 1, [.bytes([UInt8(ascii: "a"), byte, UInt8(ascii: "b")])])
            #expect(writer.bytes.starts(with: Array("m{l=\"".utf8) + expected + Array("\"} 1".utf8)), "\(byte)")
            #expect(writer.defects.replacedValues == (byte < 0x80 ? 0 : 1), "\(byte)")
        }
    }

    @Test(arguments: textFormats)
    func eachByteInHelp(format: ExpositionFormat) {
        for byte in UInt8.min ... .max {
            let character = String(Unicode.Scalar(byte))
            let expected =
                switch character {
                case "\\": "\\\\"
                case "\n": "\\n"
                case "\"" where format == .openMetrics: "\\\""
                default: character
                }
            let family = MetricFamily(.gauge, name: "m", help: "a" + character + "b")
            let header = String(decoding: family.rendering.header(format), as: UTF8.self)
            let line = "# HELP m a\(expected)b\n"
            #expect(header.utf8.count == line.utf8.count + "# TYPE m gauge\n".utf8.count, "\(byte)")
            #expect(format != .openMetrics ? header.hasPrefix(line) : header.hasSuffix(line), "\(byte)")
        }
    }

    @Test(
        arguments: [
            ([0xC3], "\u{FFFD}"),  // cut in a character
            ([0xC3, 0xA9], "é"),
            ([0xFF, 0xFE], "\u{FFFD}\u{FFFD}"),
            ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"),  // NUL, too long
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),  // a surrogate
            ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),  // past U+10FFFF
            ([0xE2, 0x82, 0x22], "\u{FFFD}\\\""),  // a quote after half a character
            ([0xE2, 0x82, 0x0A], "\u{FFFD}\\n"),
            ([0xF0, 0x9F, 0x98, 0x80], "😀"),
            ([0xEF, 0xBF, 0xBD], "\u{FFFD}"),  // U+FFFD itself is no error
        ] as [([UInt8], String)]
    )
    func invalidUTF8IsReplacedAndCounted(bytes: [UInt8], expected: String) {
        var writer = MetricWriter(format: .text)
        writer.emit(metric, 1, [.bytes(bytes[...])])
        #expect(text([writer]).samples == ["m{l=\"\(expected)\"} 1"])
        #expect(writer.defects.replacedValues == (String(validating: bytes, as: UTF8.self) == nil ? 1 : 0))
    }

    @Test func eachValueWithInvalidBytesCounts() {
        let two = Metric(.gauge, "m", "Help.", labels: ["a", "b"])
        var writer = MetricWriter(format: .text)
        writer.emit(two, 1, [.bytes([0xFF, 0xFF]), .bytes([0xFF])])
        writer.emit(Metric(.gauge, "n", "Help."), 1, LabelSet([("a", .bytes([0xFF])), ("b", "good")]))
        #expect(writer.defects.replacedValues == 3)
    }

    /// Whatever bytes there are, a sample is one line and its value reads back as the bytes' text.
    @Test(arguments: textFormats)
    func randomValuesComeBack(format: ExpositionFormat) {
        let hostile = Array("\"\\\n{},=# \u{0}\r\té😀".utf8) + [0xFF, 0xC3]
        for _ in 0..<5000 {
            let value = (0..<Int.random(in: 0...20)).map { _ in hostile.randomElement() ?? 0 }
            let exposition = written(format) { $0.emit(metric, 1, [.bytes(value[...])]) }
            let lines = exposition.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            guard lines.count == (format == .openMetrics ? 5 : 4) else {
                Issue.record("\(value) gives \(lines.count) lines")
                return
            }
            #expect(unescaped(lines[2].dropFirst(5)) == Array(String(decoding: value, as: UTF8.self).utf8))
        }
    }

    // MARK: The limit

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcde"), ("abcdef", 0, ""), ("ééé", 6, "ééé"), ("ééé", 5, "éé"),
        ("ééé", 4, "éé"), ("ééé", 1, ""), ("a😀b", 4, "a"), ("a😀b", 5, "a😀"), ("😀", 3, ""), ("\"\"\"", 2, "\\\"\\\""),
        ("a\\b", 2, "a\\\\"), ("\n\n", 1, "\\n"),
    ])
    func aLongValueIsCutBetweenCharacters(value: String, limit: Int, expected: String) {
        var limits = MetricWriter.Limits()
        limits.labelValueBytes = limit
        #expect(written(limits: limits) { $0.emit(metric, 1, [.text(value)]) }.samples == ["m{l=\"\(expected)\"} 1"])
        let bytes = written(limits: limits) { $0.emit(metric, 1, [.bytes(Array(value.utf8)[...])]) }
        #expect(bytes.samples == ["m{l=\"\(expected)\"} 1"])
    }

    @Test func whatWasReplacedIsCutBetweenCharactersToo() {
        var limits = MetricWriter.Limits()
        limits.labelValueBytes = 5
        let text = written(limits: limits) { $0.emit(metric, 1, [.bytes([0xFF, 0xFF, 0xFF])]) }
        #expect(text.samples == ["m{l=\"\u{FFFD}\"} 1"])
    }

    @Test func renderedLabelsHaveTheUsualLimit() {
        let long = String(repeating: "x", count: 100_000)
        let text = written { $0.emit(Metric(.gauge, "m", "Help."), 1, LabelSet([("l", .text(long))])) }
        let kept = MetricWriter.Limits().labelValueBytes
        #expect(text.samples == ["m{l=\"\(String(repeating: "x", count: kept))\"} 1"])
    }

    // MARK: Helpers

    /// Reads up to the closing quote.
    private func unescaped(_ bytes: Substring.UTF8View.SubSequence) -> [UInt8] {
        var out: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                out.append(byte)
                continue
            }
            out.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: "\n") : escaped)
        }
        return out
    }
}
