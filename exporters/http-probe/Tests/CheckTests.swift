import ExporterTesting
import Testing

@testable import HTTPProbe

/// Patterns, headers and expressions, as the peer's own tests have them.
@Suite(.serialized)
struct CheckTests {
    private static let bodyTable: [(String, String, Bool)] = [
        (
            "fail_if_body_matches_regexp: ['could not connect to database']", "Bad news: could not connect to database",
            false
        ),
        ("fail_if_body_matches_regexp: ['could not connect to database']", "Download the latest version here", true),
        ("fail_if_body_matches_regexp: ['could not connect to database', 'internal error']", "internal error", false),
        ("fail_if_body_matches_regexp: ['could not connect to database', 'internal error']", "hello", true),
        ("fail_if_body_not_matches_regexp: ['Download the latest version here']", "Bad news", false),
        (
            "fail_if_body_not_matches_regexp: ['Download the latest version here']", "Download the latest version here",
            true
        ),
        ("fail_if_body_not_matches_regexp: ['Download', 'Copyright 2015']", "Download the latest", false),
        ("fail_if_body_not_matches_regexp: ['Download', 'Copyright 2015']", "Download: Copyright 2015", true),
        // No pattern sees lines unless it asks for them.
        ("fail_if_body_not_matches_regexp: ['^b$']", "a\nb\nc", false),
        ("fail_if_body_not_matches_regexp: ['(?m)^b$']", "a\nb\nc", true),
        // Whatever bytes come.
        ("fail_if_body_not_matches_regexp: ['b']", "\u{0}\u{FFFD}b", true),
    ]

    @Test(arguments: bodyTable)
    func bodies(keys: String, body: String, isGood: Bool) throws {
        let server = ScriptedServer(.answer(200, [], body))
        let result = try Probing().probe(server.url, keys)
        #expect(result.failure == (isGood ? nil : .body))
        #expect(result["probe_failed_due_to_regex"] == (isGood ? 0 : 1))
        #expect(result["probe_http_content_length"] == Double(body.utf8.count))
        #expect(result["probe_http_uncompressed_body_length"] == Double(body.utf8.count))
    }

    /// A pattern that takes exponential time fails its probe, soon, and never counts as "not found".
    @Test(arguments: ["fail_if_body_matches_regexp", "fail_if_body_not_matches_regexp"])
    func patternsThatBlowUp(key: String) throws {
        let server = ScriptedServer(.answer(200, [], String(repeating: "a", count: 5_000) + "!"))
        let result = try Probing().probe(server.url, "\(key): ['(a+)+$']")
        #expect(result.failure == .body && result.detail.contains("too long"))
    }

    private static let unwanted: [(String, String, Bool, [String], Bool)] = [
        ("Content-Type", "text/javascript", false, ["Content-Type: text/javascript"], false),
        ("Content-Type", "text/javascript", false, ["Content-Type: application/octet-stream"], true),
        ("content-type", "text/javascript", false, ["Content-Type: text/javascript"], false),
        ("Content-Type", ".*", false, ["Content-Type:"], false), ("Content-Type", ".*", false, [], false),
        ("Content-Type", ".*", true, ["Content-Type:"], false), ("Content-Type", ".*", true, [], true),
        ("Set-Cookie", ".*Domain=\\.example\\.com.*", false, ["Set-Cookie: a=1; Domain=.example.com"], false),
        (
            "Set-Cookie", ".*Domain=\\.example\\.com.*", false,
            ["Set-Cookie: z=4; domain=example.net", "Set-Cookie: a=1; Domain=.example.com"], false
        ),
    ]

    @Test(arguments: unwanted)
    func headersThatShouldNotMatch(name: String, pattern: String, missing: Bool, sent: [String], isGood: Bool) throws {
        try check("fail_if_header_matches", name, pattern, missing, sent, isGood)
    }

    private static let wanted: [(String, String, Bool, [String], Bool)] = [
        ("Content-Type", "text/javascript", false, ["Content-Type: text/javascript"], true),
        ("content-type", "text/javascript", false, ["Content-Type: text/javascript"], true),
        ("Content-Type", "text/javascript", false, ["Content-Type: application/octet-stream"], false),
        ("Content-Type", ".*", false, ["Content-Type:"], true), ("Content-Type", ".*", false, [], false),
        ("Content-Type", ".*", true, [], true),
        ("Set-Cookie", ".*Domain=\\.example\\.com.*", false, ["Set-Cookie: zz=4; Domain=example.net"], false),
        (
            "Set-Cookie", ".*Domain=\\.example\\.com.*", false,
            ["Set-Cookie: z=4; domain=example.net", "Set-Cookie: a=1; Domain=.example.com"], true
        ),
    ]

    @Test(arguments: wanted)
    func headersThatShouldMatch(name: String, pattern: String, missing: Bool, sent: [String], isGood: Bool) throws {
        try check("fail_if_header_not_matches", name, pattern, missing, sent, isGood)
    }

    private func check(
        _ key: String,
        _ name: String,
        _ pattern: String,
        _ missing: Bool,
        _ sent: [String],
        _ isGood: Bool
    ) throws {
        let server = ScriptedServer(.answer(200, sent))
        let result = try Probing().probe(
            server.url,
            "\(key): [{header: \(name), regexp: '\(pattern)', allow_missing: \(missing)}]"
        )
        #expect(result.failure == (isGood ? nil : .header))
        #expect(result["probe_failed_due_to_regex"] == (isGood ? 0 : 1))
    }

    // MARK: CEL

    /// What an expression says, and whether a probe that fails where it holds succeeds, and one that wants it to hold.
    private static let expressionTable: [(String, String, Bool, Bool)] = [
        ("body.foo.bar == 'baz'", "{\"foo\": {\"bar\": \"baz\"}}", false, true),
        ("body.foo.bar == 'qux'", "{\"foo\": {\"bar\": \"baz\"}}", true, false),
        ("body.foo.bar == 'baz'", "{}", false, false), ("body.foo.bar", "{\"foo\": {\"bar\": \"baz\"}}", false, false),
        ("body.foo.bar == 'baz'", "hello world", false, false), ("body.foo == 'bar'", "{}", false, false),
        ("!has(body.foo)", "{}", false, true), ("body == 'foo'", "\"foo\"", false, true),
        ("body[2] == 'baz'", "[\"foo\", \"bar\", \"baz\"]", false, true), ("body", "true", false, true),
        ("body.foo == 'bar'", "", false, false), ("body.foo == 'bar'", "\u{1F4A9}", false, false),
        ("body.foo == 'bar'", "{\"foo\": \"\u{1F4A9}\"}", true, false),
        ("body.foo == '\u{1F4A9}'", "{\"foo\": \"\u{1F4A9}\"}", false, true),
    ]

    @Test(arguments: expressionTable)
    func expressions(source: String, body: String, isGoodWithout: Bool, isGoodWith: Bool) throws {
        let server = ScriptedServer(.answer(200, [], body))
        let quoted = source.replacing("'", with: "''")
        for (key, isGood) in [
            ("fail_if_body_json_matches_cel", isGoodWithout), ("fail_if_body_json_not_matches_cel", isGoodWith),
        ] {
            let result = try Probing().probe(server.url, "\(key): '\(quoted)'")
            #expect(result.failure == (isGood ? nil : .cel), "\(key): \(result.detail)")
            #expect(result["probe_failed_due_to_cel"] == (isGood ? 0 : 1))
            #expect(result["probe_http_content_length"] == Double(body.utf8.count))
            #expect(result["probe_http_uncompressed_body_length"] == Double(body.utf8.count))
        }
    }

    /// A pattern and an expression see the same body.
    @Test func bothInOneModule() throws {
        let server = ScriptedServer(.answer(200, [], "{\"ok\": true}"))
        let keys = "{fail_if_body_not_matches_regexp: [ok], fail_if_body_json_not_matches_cel: body.ok}"
        #expect(try Probing().probe(server.url, keys).isSuccess)
        let failing = ScriptedServer(.answer(500))
        #expect(try Probing().probe(failing.url, keys)["probe_failed_due_to_cel"] == 0)
        #expect(try Probing().probe(server.url)["probe_failed_due_to_cel"] == nil)
    }

    @Test(arguments: [
        ("1 + 2 * 3 == 7", true), ("size(body.list) == 3 && body.list[0] < body.list[1]", true),
        ("2 in body.list", true),
        ("'name' in body", true), ("body.name.startsWith('pro') && body.name.endsWith('be')", true),
        ("body.name.contains('ob') && body.name.matches('^p.*e$')", true), ("body['name'] == \"probe\"", true),
        ("body.none == null", true), ("body.missing == 1 || true", true), ("true || body.missing == 1", true),
        ("body.missing == 1 && false", false), ("-1.5e1 == 0 - 15", true), ("!(body.list == [1, 2, 3])", false),
        ("body.name.size() == 5", true), ("body.list.size() > 2 ? body.ok : false", true), ("'a' < 'b'", true),
        ("has(body.name) && !has(body.other)", true), ("body.list == [1,2,3,]", true), ("1u == 1", true),
    ])
    func whatThereIs(source: String, value: Bool) throws {
        let body = try #require(
            JSONValue(parsing: Array("{\"name\": \"probe\", \"list\": [1, 2, 3], \"ok\": true, \"none\": null}".utf8))
        )
        #expect(try CELExpression.compile(source).get().evaluate(body: body) == value)
    }

    @Test(arguments: [
        "", "foo.bar", "body.", "body[", "(body", "body ==", "body.foo()", "has(body)", "'abc", "1 2", "body & body",
        "$", "1.2.3",
        "body.name.matches('(')", "body.name.matches('(?=a)')", String(repeating: "(", count: 5000),
        String(repeating: "!", count: 5000),
    ])
    func whatIsNoExpression(source: String) {
        guard case .failure = CELExpression.compile(source) else {
            Issue.record("taken: \(source)")
            return
        }
    }

    @Test(arguments: ["(?=a)", "(?<!a)b", "\\1", "(a)\\1", "(?>a)", "a\\K", "\\R", "(*ACCEPT)"])
    func whatRE2HasNot(source: String) {
        guard case .failure = BodyPattern.compile(source) else {
            Issue.record("taken: \(source)")
            return
        }
    }

    // MARK: Fuzzing

    @Test func expressionsNeverTrap() {
        let seeds = [
            "body.a[0] == 'x' && has(body.b) || !(1 < 2)", "size(body) in [1, 2] ? body.x.matches('a+') : -1 == 2",
        ]
        let body = JSONValue.object(["a": .list([.string("x"), .number(1)]), "b": .null, "x": .string("aaa")])
        fuzz(
            seeds: seeds.map { Array($0.utf8) },
            tokens: ["body", "&&", "[", "(", "'", "has(", "? :", "in", "9e99"],
            iterations: 10_000
        ) {
            if case .success(let expression) = CELExpression.compile(String(decoding: $0, as: UTF8.self)) {
                _ = try? expression.evaluate(body: body)
            }
        }
    }

    @Test func jsonNeverTraps() {
        let seeds = ["{\"a\": [1, -2.5e3, true, null, \"\\ud83d\\udca9\\n\"], \"b\": {}}", "[[[[]]]]", "\"\\u12\""]
        fuzz(seeds: seeds.map { Array($0.utf8) }, tokens: ["{", "[", "\\u", "\"", "e", "-", ":"], iterations: 10_000) {
            _ = JSONValue(parsing: $0)
        }
        #expect(JSONValue(parsing: [UInt8](repeating: 0x5B, count: 1_000_000)) == nil)
        for text in ["01", "1.", "[1,]", "{\"a\":}", "tru", "\"\n\"", "1 2", "nan", "+1", "\"\\u+123\""] {
            #expect(JSONValue(parsing: Array(text.utf8)) == nil, "\(text)")
        }
    }
}
