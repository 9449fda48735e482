import Testing

@testable import ExporterSDK

/// Reading bytes: what is there is found, what is nonsense is nil, and nothing traps.
struct BytesTests {
    // MARK: Pieces

    @Test(
        arguments: [
            ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("a\n\nb\n", ["a", "", "b"]),
            ("a\r\nb", ["a\r", "b"]), ("\n\n", ["", ""]), (" a \n", [" a "]),
        ] as [(String, [String])]
    )
    func lines(text: String, expected: [String]) { #expect(Bytes(text).lines.map(\.text) == expected) }

    @Test(
        arguments: [
            ("", []), (" ", []), ("a", ["a"]), (" a  b\t\tc ", ["a", "b", "c"]), ("\ta", ["a"]), ("a ", ["a"]),
            ("a\u{A0}b", ["a\u{A0}b"]), ("a\nb", ["a\nb"]),
        ] as [(String, [String])]
    )
    func fields(text: String, expected: [String]) { #expect(Bytes(text).fields.map(\.text) == expected) }

    @Test(
        arguments: [
            ("", []), ("a", ["a"]), ("a:b", ["a", "b"]), (":a::b", ["", "a", "", "b"]), ("a:", ["a"]), (":", [""]),
        ] as [(String, [String])]
    )
    func pieces(text: String, expected: [String]) {
        #expect(Bytes(text).pieces(between: ":").map(\.text) == expected)
    }

    /// A slice of a larger buffer, whose indices don't begin at 0.
    @Test func slicesOfSlicesAreReadRight() {
        let whole = Bytes("xx a 1\nb 2\nyy").dropFirst(3)
        let lines = Array(whole.lines)
        #expect(lines.map(\.text) == ["a 1", "b 2", "yy"])
        #expect(lines[1].fields.map(\.text) == ["b", "2"])
        #expect(lines[1].dropFirst(2).uint64 == 2)
        #expect(lines[1].cut(at: " ")?.after.text == "2")
    }

    @Test func theRestOfASplitIsThere() {
        var fields = Bytes("a b  c d").fields
        #expect(fields.next()?.text == "a")
        #expect(fields.remainder.text == "b  c d")
        #expect(fields.next()?.text == "b")
        #expect(Array(fields).map(\.text) == ["c", "d"])
        while fields.next() != nil {}
        #expect(fields.remainder.isEmpty)
        #expect(fields.next() == nil)
    }

    @Test func cutting() {
        #expect(Bytes("a:b:c").cut(at: ":")?.before.text == "a")
        #expect(Bytes("a:b:c").cut(at: ":")?.after.text == "b:c")
        #expect(Bytes(":").cut(at: ":")?.before.text == "")
        #expect(Bytes(":").cut(at: ":")?.after.text == "")
        #expect(Bytes("abc").cut(at: ":") == nil)
        #expect(Bytes("").cut(at: ":") == nil)
        // No byte is this character.
        #expect(Bytes("aéb").cut(at: "é") == nil)
    }

    @Test(arguments: [
        ("", ""), ("  ", ""), (" a b ", "a b"), ("\t\r\n a\u{B}\u{C}\n\n", "a"), ("a\u{0}", "a"), ("\u{0}\u{0}", ""),
    ])
    func trimming(text: String, expected: String) { #expect(Bytes(text).trimmed.text == expected) }

    @Test func prefixes() {
        #expect(Bytes("btime 5").dropping(prefix: "btime ")?.text == "5")
        #expect(Bytes("btime").dropping(prefix: "btime ") == nil)
        #expect(Bytes("abc").dropping(prefix: "")?.text == "abc")
        #expect(Bytes("").starts(with: ""))
        #expect(!Bytes("").starts(with: "a"))
        #expect(Bytes("abc") == "abc")
        #expect(Bytes("abcd").dropLast() == "abc")
        #expect(!(Bytes("abcd") == "abc"))
        #expect(!(Bytes("ab") == "abc"))
        #expect(Bytes("") == "")
        #expect(Bytes("é") == "é")
    }

    @Test func textIsUTF8WhateverThereIs() {
        #expect(Bytes([0x61, 0xFF, 0x62]).text == "a\u{FFFD}b")
        #expect(Bytes([]).text == "")
    }

    // MARK: Numbers

    @Test(
        arguments: [
            ("0", 0), ("7", 7), ("007", 7), ("18446744073709551615", .max), ("00018446744073709551615", .max),
            ("18446744073709551616", nil), ("18446744073709551620", nil), ("99999999999999999999", nil), ("", nil),
            ("-1", nil), ("+1", nil), (" 1", nil), ("1 ", nil), ("1\n", nil), ("1.0", nil), ("1e3", nil), ("0x1", nil),
            ("a", nil), ("１", nil), ("1_000", nil), ("1,000", nil), ("/", nil), (":", nil),
        ] as [(String, UInt64?)]
    )
    func unsigned(text: String, expected: UInt64?) { #expect(Bytes(text).uint64 == expected) }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("-7", -7), ("9223372036854775807", .max), ("9223372036854775808", nil),
            ("-9223372036854775808", .min), ("-9223372036854775809", nil), ("-18446744073709551615", nil),
            ("-18446744073709551616", nil), ("", nil), ("-", nil), ("--1", nil), ("+1", nil), ("- 1", nil), ("1-", nil),
        ] as [(String, Int64?)]
    )
    func signed(text: String, expected: Int64?) {
        #expect(Bytes(text).int64 == expected)
        #expect(Bytes(text).int == expected.map { Int($0) })
    }

    @Test(
        arguments: [
            ("0", 0), ("ff", 255), ("FF", 255), ("0xff", 255), ("0XfF", 255), ("ffffffffffffffff", .max),
            ("0xffffffffffffffff", .max), ("0000000000000001", 1), ("10000000000000000", nil),
            ("00000000000000001", nil),
            ("", nil), ("0x", nil), ("x", nil), ("g", nil), ("-1", nil), (" 1", nil), ("0x0x1", nil), ("@", nil),
            ("`", nil),
        ] as [(String, UInt64?)]
    )
    func hexadecimal(text: String, expected: UInt64?) { #expect(Bytes(text).hex == expected) }

    @Test(
        arguments: [
            ("0", 0), ("1", 1), ("-1", -1), ("1.5", 1.5), ("-1.5", -1.5), (".5", 0.5), ("5.", 5), ("+5", 5),
            ("1e3", 1000),
            ("1E3", 1000), ("1e+3", 1000), ("1.5e-3", 0.0015), ("18446744073709551615", 0x1p64),
            ("18446744073709551616", 0x1p64), ("123456789012345678901234567890", 1.2345678901234568e29),
            ("0.1", 0.1), ("1e308", 1e308), ("1e-400", 0), ("1e309", nil), ("-1e309", nil), ("", nil), ("-", nil),
            (".", nil), ("e", nil), ("e5", nil), ("1e", nil), ("1e5.5", nil), ("1.2.3", nil), ("--1", nil),
            ("1-1", nil),
            ("nan", nil), ("NaN", nil), ("inf", nil), ("Inf", nil), ("infinity", nil), ("0x10", nil), ("0x1p3", nil),
            (" 1", nil), ("1 ", nil), ("1\n", nil), ("1,5", nil), ("1_0", nil), ("１", nil), ("1\u{0}", nil),
        ] as [(String, Double?)]
    )
    func decimal(text: String, expected: Double?) { #expect(Bytes(text).double == expected) }

    @Test func veryLongNumbers() {
        let digits = String(repeating: "1", count: 5000)
        let zeros = String(repeating: "0", count: 5000)
        #expect(Bytes(digits).uint64 == nil)
        #expect(Bytes("-" + digits).int64 == nil)
        #expect(Bytes(zeros + "7").uint64 == 7)
        #expect(Bytes(digits).hex == nil)
        for length in [308, 309, 400, 401, 5000] {
            let text = String(repeating: "9", count: length)
            #expect(Bytes(text).double == (length <= 308 ? Double(text) : nil), "\(length) digits")
        }
        #expect(Bytes("0." + zeros).double == nil)
        #expect(Bytes("0." + zeros.prefix(398)).double == 0)
    }

    @Test func bytesThatAreNotUTF8AreNoNumber() {
        for bytes: [UInt8] in [[0xFF], [0x31, 0xFF], [0xC2], [0x31, 0x80], [0x31, 0x00], [0x00]] {
            let slice = bytes[...]
            #expect(slice.uint64 == nil)
            #expect(slice.int64 == nil)
            #expect(slice.hex == nil)
            #expect(slice.double == nil)
        }
    }

    @Test func randomBytesNeverTrap() {
        let alphabet = Array("0123456789-+.eExXaf \n:".utf8) + [0xFF, 0x00]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24)).map { _ in alphabet.randomElement() ?? 0 }[...]
            if let value = bytes.uint64 { #expect(bytes.double == Double(value)) }
            if let value = bytes.int64 { #expect(bytes.double == Double(value)) }
            if let value = bytes.double { #expect(value.isFinite) }
            _ = bytes.hex
            #expect(bytes.fields.reduce(0) { $0 + $1.count } == bytes.count { $0 != 0x20 && $0 != 0x09 })
        }
    }
}
