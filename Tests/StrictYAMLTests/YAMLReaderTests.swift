import ExporterTesting
import StrictYAML
import Testing

/// What is read, and what is refused with which words.
struct YAMLReaderTests {
    /// A node in one line: maps in braces, lists in brackets, quoted text in quotes.
    static func text(_ node: YAMLNode) -> String {
        switch node.content {
        case .null: "null"
        case .scalar(let text, let isQuoted): isQuoted ? "\"\(text)\"" : text
        case .list(let nodes): "[\(nodes.map(text).joined(separator: ","))]"
        case .map(let entries): "{\(entries.map { "\($0.key):\(text($0.value))" }.joined(separator: ","))}"
        }
    }

    static func read(_ yaml: String, _ limits: YAMLLimits = YAMLLimits()) throws(ConfigurationError) -> YAMLNode {
        try YAMLNode(yaml: Array(yaml.utf8), file: "a.yml", limits: limits)
    }

    @Test(arguments: [
        ("", "null"), ("# only a comment\n", "null"), ("---\n", "null"),
        ("a: 1\nb: [x, 'y', \"z\"]\n", "{a:1,b:[x,\"y\",\"z\"]}"),
        ("a:\nb: ~\nc: null\nd: 'null'\n", "{a:null,b:null,c:null,d:\"null\"}"),
        ("a: |\n  one\n  two\n", "{a:\"one\ntwo\n\"}"), ("a: !!str 12\nb: ! 13\n", "{a:\"12\",b:\"13\"}"),
        ("a: &x {k: 1}\nb: *x\n", "{a:{k:1},b:{k:1}}"),
        ("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n", "{a:{k:1,l:2},b:{k:3,l:2}}"),
        ("a: &x {k: 1}\nc: &y {k: 2, m: 3}\nb: {<<: [*x, *y]}\n", "{a:{k:1},c:{k:2,m:3},b:{k:1,m:3}}"),
        ("\u{FEFF}a: 1\n", "{a:1}"), ("a: 1\n...\n", "{a:1}"), ("%YAML 1.1\n---\na: 1\n", "{a:1}"),
        ("- - 1\n  - 2\n-\n", "[[1,2],null]"),
    ])
    func reads(yaml: String, expected: String) throws { #expect(Self.text(try Self.read(yaml)) == expected) }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", "a.yml:3:1: the key \"a\" is there already, in line 1"),
        ("a: {x: 1, x: 2}\n", "a.yml:1:11: the key \"x\" is there already, in line 1"),
        ("a: 1\n---\nb: 2\n", "a.yml:2:1: a second document; a configuration is one, without --- inside"),
        ("a: [1\n", "a.yml:2:1: no YAML: did not find expected ',' or ']'"),
        ("a: 1\n\tb: 2\n", "a.yml:2:1: no YAML: found a tab character that violates indentation"),
        ("[1]: x\n", "a.yml:1:1: a key must be a single value"),
        ("*a : x\n", "a.yml:1:1: a key must be a single value"),
        ("a: *x\n", "a.yml:1:4: no complete value before this has the anchor &x"),
        ("a: &x [*x]\n", "a.yml:1:8: no complete value before this has the anchor &x"),
        ("a: !run rm\n", "a.yml:1:4: the tag !run is not for this value; leave it out"),
        ("a: !!binary aGk=\n", "a.yml:1:4: the tag tag:yaml.org,2002:binary is not for this value; leave it out"),
        ("a: {<<: 1}\n", "a.yml:1:9: after << there must be a map, or a list of maps; this is a single value"),
        ("é: 1\né: 2\n", "a.yml:2:1: the key \"é\" is there already, in line 1"),
    ])
    func refuses(yaml: String, expected: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.read(yaml) }
        #expect(error?.description == expected)
    }

    @Test func whatIsNoTextIsRefused() {
        for bytes: [UInt8] in [
            [0xFF, 0xFE], [0x61, 0x3A, 0x20, 0xC0, 0x80], [0x61, 0x00], [0x61, 0x3A, 0x20, 0x07],
        ] {
            let error = #expect(throws: ConfigurationError.self) { try YAMLNode(yaml: bytes, file: "a.yml") }
            #expect(error?.message.hasPrefix("no text in UTF-8") == true)
        }
    }

    // MARK: Limits

    @Test func depthIsLimited() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try Self.read(nested(64))
        for text in [nested(65), nested(900), nested(200_000), String(repeating: "- ", count: 100_000)] {
            let error = #expect(throws: ConfigurationError.self) { try Self.read(text) }
            #expect(error?.message.contains("64 levels") == true)
        }
        // Levels that come from an alias count too.
        let alias = "a: &a \(nested(40))\nb: &b [[[[[[[[[[*a]]]]]]]]]]\nc: [[[[[[[[[[[[[[[*b]]]]]]]]]]]]]]]\n"
        #expect(throws: ConfigurationError.self) { try Self.read(alias) }
    }

    /// Nine lines that stand for a thousand million values.
    @Test func aliasBombsAreCounted() {
        var bomb = "a: &a [lol,lol,lol,lol,lol,lol,lol,lol,lol,lol]\n"
        for (before, name) in zip("abcdefgh", "bcdefghi") {
            bomb += "\(name): &\(name) [" + Array(repeating: "*\(before)", count: 10).joined(separator: ",") + "]\n"
        }
        let error = #expect(throws: ConfigurationError.self) { try Self.read(bomb) }
        #expect(error?.message == "more than 100000 values, those of aliases counted each time")

        var maps = "a: &a {x1: 1, x2: 2}\n"
        for (before, name) in zip("abcdefgh", "bcdefghi") {
            let entries = (0..<10).map { "\(name)\($0): *\(before)" }.joined(separator: ", ")
            maps += "\(name): &\(name) {<<: *\(before), \(entries)}\n"
        }
        #expect(throws: ConfigurationError.self) { try Self.read(maps) }
    }

    @Test func bytesAreLimited() {
        var limits = YAMLLimits()
        limits.bytes = 10
        let error = #expect(throws: ConfigurationError.self) { try Self.read("a: 12345678", limits) }
        #expect(error?.description == "a.yml: larger than the 10 bytes that it may have")
    }
}
