import Testing

@testable import ExporterSDK

/// Patterns in the peers' dialect, and the names that they choose.
struct PatternTests {
    @Test(arguments: [
        ("", "", true), ("", "abc", true), ("a", "", false), ("b", "abc", true), ("^b", "abc", false),
        ("^(lo|veth.*)$", "veth12", true), ("^(lo|veth.*)$", "xveth", false), ("a$", "a\n", false),
        ("^a$", "b\na", false),
        ("(?m)^a$", "b\na\nc", true), ("(?i)ETH", "eth0", true), ("eth", "ETH0", false), ("(?P<x>e)th", "eth", true),
        ("(?s)a.b", "a\nb", true), ("a.b", "a\nb", false), (#"\d+"#, "a1", true), (#"^\d$"#, "٣", false),
        (#"^\w+$"#, "a_1", true), (#"^\s$"#, " ", true), ("^[[:alpha:]]+$", "abc", true),
        ("^[[:alpha:]]+$", "a1", false),
        ("^[[:^alpha:]]$", "1", true), (#"\bsd[a-z]\b"#, "x sda y", true), (#"\Aab\z"#, "ab", true),
        (#"\Q.*\E"#, ".*", true), (#"\Q.*\E"#, "ab", false), ("^é$", "é", true), ("^.$", "é", true), ("^.$", "😀", true),
        (#"\pL"#, "é", true), (#"\p{Greek}"#, "α", true), (#"\x{e9}"#, "é", true), ("a{2,3}", "aa", true),
        ("(?:a|b)c", "bc", true), ("a*?b", "aab", true), ("[^a]", "a", false), ("(?U)a+b", "aab", true),
        ("^(dev|proc|run/credentials/.+|sys|var/lib/docker/.+)($|/)", "proc/sys", true),
    ])
    func matching(pattern: String, text: String, expected: Bool) throws {
        #expect(try Pattern(pattern).matches(Bytes(text)) == expected)
    }

    @Test(arguments: ["(", ")", "[a", "a{2,1}", "*", "(?<x", #"\"#, "(?z)", "[[:nothing:]]"])
    func badPatternsAreExplained(pattern: String) {
        let error = #expect(throws: UsageError.self) { _ = try Pattern(pattern) }
        #expect(error?.message.hasPrefix("bad pattern \"\(pattern)\" at character ") == true)
        #expect(error?.message.contains("\n") == false)
    }

    /// Exponential without a limit: it counts as no match.
    @Test(arguments: ["^(a+)+$", "^(a|aa)+$", "^(a*)*b$", "(x+x+)+y"])
    func explodingPatternsGiveUp(pattern: String) throws {
        let text = (pattern.contains("x") ? "x" : "a").repeated(5000) + "!"
        #expect(try !Pattern(pattern).matches(Bytes(text)))
    }

    @Test func hugePatternsAndSubjectsDoNotTrap() throws {
        #expect(throws: UsageError.self) { try Pattern("(".repeated(1000) + "a" + ")".repeated(1000)) }
        #expect(throws: UsageError.self) { try Pattern("((a{1000}){1000}){1000}") }
        #expect(try Pattern("b$").matches(Bytes("a".repeated(100_000) + "b")))
    }

    @Test func subjectsNeedNotBeUTF8() throws {
        let any = try Pattern("^a.*b$")
        let plain = try Pattern("b")
        for bytes: [UInt8] in [[0x61, 0xFF, 0x62], [0x61, 0xC3, 0x62], [0x61, 0xED, 0xA0, 0x80, 0x62]] {
            // What is not a character is matched by nothing, and what is there is still found.
            #expect(!any.matches(bytes[...]))
            #expect(plain.matches(bytes[...]))
        }
        #expect(try Pattern("a\\x00b").matches([0x61, 0x00, 0x62]))
        #expect(!plain.matches([0xFF]))
        #expect(!plain.matches([]))
    }

    @Test func aPatternIsAFlagsValue() throws {
        #expect(try Pattern.parse(["a", "b"]).source == "b")
        #expect(try Pattern("a|b").flagText == "a|b")
    }

    // MARK: NameFilter

    private static let include = Flag<Pattern?>("x.include", default: nil, help: "Those wanted.")
    private static let exclude = Flag<Pattern?>("x.exclude", default: try? Pattern("^lo$"), help: "Those not wanted.")

    @Test func withoutPatternsAllAreAccepted() {
        #expect(NameFilter().accepts("anything"))
        #expect(NameFilter().accepts([0xFF]))
    }

    @Test func includeAndExcludeTogether() throws {
        let filter = NameFilter(include: try Pattern("^eth"), exclude: try Pattern("1$"))
        for _ in 0..<2 {
            #expect(filter.accepts("eth0"))
            #expect(!filter.accepts("eth1"))
            #expect(!filter.accepts("lo"))
        }
    }

    @Test func flagsOfAFilter() throws {
        var values = FlagValues()
        #expect(try !filter(values).accepts("lo"))
        #expect(try filter(values).accepts("eth0"))

        // An include takes the place of the default exclude.
        values.set(Self.include, to: try Pattern("^(lo|eth)"))
        #expect(try filter(values).accepts("lo"))
        #expect(try !filter(values).accepts("wlan0"))

        values.set(Self.exclude, to: try Pattern("eth"))
        #expect(throws: UsageError("--x.include and --x.exclude can't both be given: choose one")) {
            _ = try filter(values)
        }

        // An empty exclude is none.
        values.set(Self.exclude, to: nil)
        #expect(try filter(values).accepts("eth0"))
    }

    @Test func anExcludeMayBeEmptied() throws {
        var values = FlagValues()
        values.set(Self.exclude, to: nil)
        #expect(try filter(values).accepts("lo"))
    }

    /// More names than are remembered are still answered right.
    @Test func manyNames() throws {
        let filter = NameFilter(exclude: try Pattern("7$"))
        for number in 0..<20_000 where filter.accepts("\(number)") != (number % 10 != 7) {
            Issue.record("\(number)")
        }
    }

    private func filter(_ values: FlagValues) throws -> NameFilter {
        try NameFilter(include: Self.include, exclude: Self.exclude, values)
    }
}

extension String {
    func repeated(_ count: Int) -> String { String(repeating: self, count: count) }
}
