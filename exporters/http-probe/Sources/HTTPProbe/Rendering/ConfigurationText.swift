import StrictYAML

/// A configuration as YAML again, its secrets hidden.
struct ConfigurationText {
    private var out = ""

    /// Keys whose values nobody is shown.
    private static let secretKeys: Set<String> = [
        "password", "credentials", "bearer_token", "client_secret", "secrets", "secret_key", "access_key", "key",
        "proxy_url", "proxy_connect_header", "client_certificate_key", "username", "body",
    ]
    /// URLs, which may have secrets in them.
    private static let urlKeys: Set<String> = ["url", "token_url"]
    private static let secretHeaders: Set<String> = ["authorization", "cookie", "proxy-authorization", "x-api-key"]

    static func text(_ node: YAMLNode) -> String {
        var text = ConfigurationText()
        text.write(node, indent: 0, hides: false)
        return text.out
    }

    private mutating func write(_ node: YAMLNode, indent: Int, hides: Bool) {
        let margin = String(repeating: " ", count: indent)
        switch node.content {
        case .null: out += "null\n"
        case .scalar(let text, let isQuoted): out += (hides ? "<secret>" : Self.scalar(text, isQuoted)) + "\n"
        case .list(let nodes):
            if nodes.isEmpty { out += "[]\n" }
            for node in nodes {
                out += "\(margin)- "
                begin(node, indent: indent + 2, hides: hides)
            }
        case .map(let entries):
            if entries.isEmpty { out += "{}\n" }
            for entry in entries {
                let key = entry.key.lowercased()
                let isSecret = hides || Self.secretKeys.contains(key) || Self.secretHeaders.contains(key)
                out += "\(margin)\(Self.scalar(entry.key, false)): "
                if Self.urlKeys.contains(key), !isSecret, case .scalar(let text, _) = entry.value.content {
                    out += Self.scalar(Self.withoutSecrets(text), true) + "\n"
                } else {
                    begin(entry.value, indent: indent + 2, hides: isSecret)
                }
            }
        }
    }

    private mutating func begin(_ node: YAMLNode, indent: Int, hides: Bool) {
        switch node.content {
        case .list(let nodes) where !nodes.isEmpty: out += "\n"
        case .map(let entries) where !entries.isEmpty: out += "\n"
        default: break
        }
        write(node, indent: indent, hides: hides)
    }

    /// A URL, or the path that a step has, without user, password and what a query says.
    private static func withoutSecrets(_ url: String) -> String {
        let hasQuery = url.contains("?")
        var shown = String(url.prefix { $0 != "?" })
        if url.contains("@") {
            guard case .success(let parsed) = TargetURL.parse(url) else { return "<secret>" }
            shown = parsed.publicText
        }
        return hasQuery ? shown + "?<secret>" : shown
    }

    private static func scalar(_ text: String, _ isQuoted: Bool) -> String {
        let isPlain =
            !isQuoted && !text.isEmpty
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "_-./".utf8.contains($0)
            }
        if isPlain, !text.hasPrefix("-") { return text }
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            default: out.unicodeScalars.append(scalar.value < 0x20 ? " " : scalar)
            }
        }
        return out + "\""
    }
}
