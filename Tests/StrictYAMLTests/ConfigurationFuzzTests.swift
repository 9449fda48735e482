import ExporterTesting
import StrictYAML
import Testing

/// Any bytes give a value or an error with its place; nothing traps, grows or hangs.
struct ConfigurationFuzzTests {
    private static let seeds = [
        "tls_server_config:\n  cert_file: a.pem\n  key_file: b.pem\nbasic_auth_users:\n  alice: $2b$10$x\n",
        "a: &a [1, 2]\nb: *a\nc: {<<: {x: 1}, y: 'z'}\n", "name: a\nrate: {interval: 1m30s, burst: 2}\n",
        "- |\n  text\n- >-\n  more\n- \"\\u263A\"\n", "%YAML 1.1\n---\n? a\n: !!str b\n...\n",
        "name: a\nmode: fast\non: yes\nshare: 1.5\nhosts: [a, b]\nusers: {a: b}\n",
    ].map { Array($0.utf8) }
    private static let tokens = [
        "&a ", "*a", "<<: ", "- ", "? ", ": ", "|\n", ">\n", "---\n", "...\n", "!!str ", "!x ", "[", "]", "{", "}", "'",
        "#",
        "interval: ", "1h", "%TAG ! a:\n",
    ]

    @Test func nothingTraps() {
        var limits = YAMLLimits()
        limits.nodes = 1000
        fuzz("yaml", seeds: Self.seeds, tokens: Self.tokens) { bytes in
            let lineCount = bytes.split(omittingEmptySubsequences: false) {
                $0 == 10 || $0 == 13 || $0 == 0xE2 || $0 == 0xC2
            }
            .count
            guard let node = try? YAMLNode(yaml: bytes, file: "f", limits: limits) else { return }
            #expect(Self.count(node, lines: lineCount) <= 1000)
            _ = try? ConfigurationMapTests.Server(node)
            _ = try? [String: [Duration?]](node)
        }
    }

    private static func count(_ node: YAMLNode, lines: Int) -> Int {
        #expect(node.position.line >= 1 && node.position.line <= lines + 1 && node.position.column >= 1)
        switch node.content {
        case .null, .scalar: return 1
        case .list(let nodes): return nodes.reduce(1) { $0 + count($1, lines: lines) }
        case .map(let entries):
            #expect(Set(entries.map(\.key)).count == entries.count)
            return entries.reduce(1) { $0 + count($1.value, lines: lines) }
        }
    }
}
