import Glibc
import StrictYAML

/// A header that is sent, with one value or several, each given or in a file.
struct HeaderSetting: Sendable {
    enum Value: Sendable {
        case text(Secret)
        case file(String)
    }

    let name: String
    let values: [Value]
    /// Not to be sent to another host than that which was asked for.
    let isSecret: Bool

    private static let credentialNames: Set<String> = [
        "authorization", "cookie", "proxy-authorization", "www-authenticate",
    ]
    private static let reserved: Set<String> = [
        "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type",
        "expect", "host", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
        "upgrade", "user-agent", "www-authenticate",
    ]

    /// `headers:`, a map of names and texts.
    static func plain(_ keys: inout ConfigurationKeys) throws(ConfigurationError) -> [HeaderSetting] {
        var settings: [HeaderSetting] = []
        for entry in try entries("headers", &keys) {
            try check(entry)
            let text = try String(entry.value)
            guard isClean(text) else { throw entry.value.error("a header's value is one line") }
            let isSecret = credentialNames.contains(entry.key.lowercased())
            settings.append(HeaderSetting(name: entry.key, values: [.text(Secret(text))], isSecret: isSecret))
        }
        return settings
    }

    /// `http_headers:`, a map of names and lists of values, secrets and files.
    static func structured(_ keys: inout ConfigurationKeys) throws(ConfigurationError) -> [HeaderSetting] {
        var settings: [HeaderSetting] = []
        for entry in try entries("http_headers", &keys) {
            try check(entry)
            guard !reserved.contains(entry.key.lowercased()) else {
                throw ConfigurationError(entry.position, "the header \(entry.key) is reserved; set it under headers")
            }
            let lists = try Lists(entry.value)
            for text in lists.values + lists.secrets.map(\.exposed) where !isClean(text) {
                throw entry.value.error("a header's value is one line")
            }
            let texts = lists.values.map { Value.text(Secret($0)) } + lists.secrets.map { Value.text($0) }
            settings.append(
                HeaderSetting(
                    name: entry.key,
                    values: texts + lists.files.map { Value.file($0) },
                    isSecret: !lists.secrets.isEmpty || !lists.files.isEmpty
                )
            )
        }
        return settings
    }

    private struct Lists: ConfigurationMap {
        let values: [String]
        let secrets: [Secret]
        let files: [String]

        init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
            values = try keys.value("values", default: [])
            secrets = try keys.value("secrets", default: [])
            files = try keys.value("files", default: [])
            for path in files where access(path, R_OK) != 0 { throw keys.error("files", "\(path): can't be read") }
        }
    }

    private static func entries(
        _ key: String,
        _ keys: inout ConfigurationKeys
    ) throws(ConfigurationError) -> [YAMLNode.Entry] {
        guard let node = keys.node(key) else { return [] }
        guard case .map(let entries) = node.content else {
            throw node.error("a map should be here, lines of \"name: value\", not \(node.kind)")
        }
        return entries
    }

    private static func check(_ entry: YAMLNode.Entry) throws(ConfigurationError) {
        guard !entry.key.isEmpty, entry.key.utf8.allSatisfy({ isToken($0) }) else {
            throw ConfigurationError(entry.position, "\"\(entry.key)\" is no name of a header")
        }
    }

    /// What names and methods are made of; see RFC 9110, 5.6.2.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// Whether a value can't begin another header.
    static func isClean(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }
    }
}
