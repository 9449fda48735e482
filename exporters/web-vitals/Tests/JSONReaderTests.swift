import ExporterSDK
import ExporterTesting
import Testing

@testable import WebVitals

/// The parser of what the whole internet may send.
struct JSONReaderTests {
    /// A value in a form that can be compared: every text and number that is in it.
    private static func leaves(_ text: String) throws(JSONError) -> [String] {
        try JSONReader.read(Bytes(text)) { reader throws(JSONError) in
            var out: [String] = []
            try read(&reader, &out)
            guard reader.isAtEnd else { throw .syntax }
            return out
        }
    }

    private static func read(_ reader: inout JSONReader, _ out: inout [String]) throws(JSONError) {
        switch try reader.kind() {
        case .object:
            _ = try reader.beginObject()
            while let key = try reader.nextKey() {
                out.append(key.text + ":")
                try read(&reader, &out)
            }
        case .array:
            _ = try reader.beginArray()
            while try reader.hasNext() { try read(&reader, &out) }
        case .text: out.append(try reader.text()?.text ?? "?")
        case .number, .null: out.append("\(try reader.number())")
        case .bool: out.append("\(try reader.bool() ?? false)")
        }
    }

    /// Wherever in it a quote, an escape or a control character stands, and whatever stands before and behind it.
    @Test func aTextEndsWhereItEnds() {
        func end(_ bytes: [UInt8]) -> (index: Int, hasEscapes: Bool)? {
            var index = 0
            while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                guard bytes[index] >= 0x20 else { return nil }
                index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard index < bytes.count else { return nil }
            return (index, bytes[..<index].contains(UInt8(ascii: "\\")))
        }
        for filler in [0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] as [UInt8] {
            for place in 0..<20 {
                for byte in 0...UInt8.max {
                    var bytes = [UInt8](repeating: filler, count: 23)
                    bytes[place] = byte
                    bytes[21] = UInt8(ascii: "\"")
                    let found = bytes.withUnsafeBufferPointer { JSONText.end(of: $0, from: 0) }
                    let expected = end(bytes)
                    guard found?.index != expected?.index || found?.hasEscapes != expected?.hasEscapes else { continue }
                    Issue.record("\(byte) at \(place) among \(filler): \(String(describing: found))")
                }
            }
        }
    }

    @Test(arguments: [
        (
            #"{"a":1,"b":[true,null,"x"],"c":{"d":-0.5e1}}"#,
            ["a:", "value(1.0)", "b:", "true", "null", "x", "c:", "d:", "value(-5.0)"]
        ),
        (" [ ] ", []),
        (#""\u0041\ud83d\ude00\n\/\"""#, ["A😀\n/\""]),
        // A key too may be written so.
        (#"{"n\u0061me\n":1}"#, ["name\n:", "value(1.0)"]),
        (#""\ud83d""#, ["\u{FFFD}"]),
        (#""\ud83dx""#, ["\u{FFFD}x"]),
        ("1e999", ["outOfRange"]),
        ("-1e999", ["outOfRange"]),
        ("1e-999", ["value(0.0)"]),
        ("0.016622968194609004", ["value(0.016622968194609004)"]),
        ("9007199254740993", ["value(9007199254740992.0)"]),
        ("123456789012345678901234567890", ["value(1.2345678901234568e+29)"]),
        ("-0", ["value(-0.0)"]),
        ("4.199999999953434", ["value(4.199999999953434)"]),
    ])
    func reads(text: String, leaves: [String]) throws {
        #expect(try Self.leaves(text) == leaves)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{\"a\" 1}",
        "{1:1}", "\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u0x12\"", "\"a\nb\"", "\"\u{0}\"", "tru",
        "nul", "truex",
        "01", "-", "1.", ".5", "1e", "1e+", "+1", "0x10", "NaN", "Infinity", "-Infinity", "1_000", "}", "]", ":", "[}",
        "{]",
        "[1}", "{\"a\":1]", "1 1", "[] []", "{\"a\":[}", "//", "'a'",
    ])
    func refuses(text: String) {
        #expect(throws: JSONError.syntax, "\(text)") { try Self.leaves(text) }
        // Passing over a value checks it as well.
        #expect(throws: JSONError.syntax, "\(text)") {
            try JSONReader.read(Bytes(text)) { reader throws(JSONError) in
                try reader.skip()
                guard reader.isAtEnd else { throw .syntax }
            }
        }
    }

    @Test(arguments: ["[", "{\"a\":"])
    func isNotDeeperThanItMay(opening: String) {
        for count in [33, 1_000, 100_000] {
            #expect(throws: JSONError.depth) { try Self.leaves(String(repeating: opening, count: count)) }
            #expect(throws: JSONError.depth) {
                try JSONReader.read(Bytes(String(repeating: opening, count: count))) { reader throws(JSONError) in
                    try reader.skip()
                }
            }
        }
        let closing = opening == "[" ? "]" : "}"
        let middle = opening == "[" ? "" : "1"
        let deep = String(repeating: opening, count: 32) + middle + String(repeating: closing, count: 32)
        #expect(throws: Never.self) { try Self.leaves(deep) }
    }

    /// Whoever asks for a type gets that or nil, and the reader stands behind the value either way.
    @Test(arguments: ["1", "\"x\"", "true", "null", "[1,{\"a\":2}]", "{\"a\":[1,2]}", "\"12\""])
    func aWrongTypeCostsOneValue(value: String) throws {
        for ask in 0..<5 {
            try JSONReader.read(Bytes("[\(value),7]")) { reader throws(JSONError) in
                #expect(try reader.beginArray())
                #expect(try reader.hasNext())
                switch ask {
                case 0: _ = try reader.text()
                case 1: _ = try reader.number()
                case 2: _ = try reader.bool()
                case 3:
                    if try reader.beginArray() { while try reader.hasNext() { try reader.skip() } }
                default:
                    if try reader.beginObject() { while try reader.nextKey() != nil { try reader.skip() } }
                }
                #expect(try reader.hasNext())
                #expect(try reader.number() == .value(7))
                #expect(try !reader.hasNext())
            }
        }
    }

    /// Reading and passing over agree on what is JSON, whatever comes; neither traps.
    @Test func fuzzing() throws {
        let seeds =
            Capture.all("webvitals-v6-chromium156.jsonl").map(\.body)
            + [Array(#"{"a":[1,-2.5e-3,"\u00e9\ud83d\ude00\\",null,true,{"b":{}}]}"#.utf8)]
        try fuzz(
            "json",
            seeds: seeds.filter { $0.count < 2_000 },
            tokens: ["{", "}", "[", "]", ",", ":", "\"", "\\u", "\\ud800", "null", "true", "1e999", "[[[[[[[["],
            iterations: 20_000
        ) { input in
            let read = Result { () throws(JSONError) in
                try JSONReader.read(input[...]) { reader throws(JSONError) in
                    var out: [String] = []
                    try Self.read(&reader, &out)
                }
            }
            let skipped = Result { () throws(JSONError) in
                try JSONReader.read(input[...]) { reader throws(JSONError) in try reader.skip() }
            }
            switch (read, skipped) {
            case (.success, .success), (.failure, .failure): break
            default: throw Disagreement()
            }
        }
    }

    private struct Disagreement: Error {}
}
