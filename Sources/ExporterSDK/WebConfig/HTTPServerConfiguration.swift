import StrictYAML

/// `http_server_config`: HTTP/2, and headers that each answer gets.
struct HTTPServerConfiguration: ConfigurationMap {
    /// Off unless asked for, other than in the toolkit: a scrape gains nothing by it, and it is much more to attack.
    let hasHTTP2: Bool
    let headers: [(name: String, value: String)]

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        hasHTTP2 = try keys.value("http2", default: false)
        var headers: [(name: String, value: String)] = []
        if let node = keys.node("headers") {
            guard case .map(let entries) = node.content else {
                throw node.error("a map of headers should be here, not \(node.kind)")
            }
            for entry in entries {
                let value = try String?(entry.value) ?? ""
                try Self.check(entry, value)
                if !value.isEmpty { headers.append((entry.key, value)) }
            }
        }
        self.headers = headers
    }

    /// The headers that may be set, with the values that they may have where these are few.
    private static let allowed: [(name: String, values: [String])] = [
        ("Strict-Transport-Security", []), ("X-Content-Type-Options", ["nosniff"]),
        ("X-Frame-Options", ["deny", "sameorigin"]), ("X-XSS-Protection", []), ("Content-Security-Policy", []),
    ]

    private static func check(_ entry: YAMLNode.Entry, _ value: String) throws(ConfigurationError) {
        guard let header = allowed.first(where: { $0.name.lowercased() == entry.key.lowercased() }) else {
            let names = allowed.map(\.name).joined(separator: ", ")
            throw ConfigurationError(
                entry.position,
                "the HTTP header \"\(entry.key.prefix(64))\" can not be configured; what can: \(names)"
            )
        }
        let isText = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        let isKnown = header.values.isEmpty || value.isEmpty || header.values.contains(value.lowercased())
        guard isText, isKnown else {
            let values = header.values.joined(separator: ", ")
            throw entry.value.error(
                "invalid value for \(header.name)" + (values.isEmpty ? "" : "; it can be \(values)")
            )
        }
    }
}
