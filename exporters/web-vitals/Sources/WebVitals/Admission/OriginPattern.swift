import ExporterSDK
import StrictYAML

/// The origin of a page, as a browser sends it: `https://shop.example:8443`.
struct Origin {
    let scheme: Bytes
    let host: Bytes
    let port: Bytes?

    /// Nil where it is no `scheme://host[:port]`.
    init?(_ origin: Bytes) {
        guard let rest = origin.dropping(prefix: "https://") ?? origin.dropping(prefix: "http://") else { return nil }
        guard !rest.isEmpty, !rest.contains(where: Self.isForeign) else { return nil }
        scheme = origin[..<rest.startIndex]
        // The colons of an IPv6 address stand in brackets.
        let search = rest.lastIndex(of: UInt8(ascii: "]")).map { rest[$0...] } ?? rest
        let colon = search.firstIndex(of: UInt8(ascii: ":"))
        host = rest[..<(colon ?? rest.endIndex)]
        port = colon.map { rest[($0 + 1)...] }
    }

    /// Whether a byte ends an origin, or is of something else.
    private static func isForeign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"), UInt8(ascii: "\\"),
            UInt8(ascii: " "):
            true
        default: false
        }
    }
}

/// The origins that a site's pages may have: `https://shop.example`, `https://*.shop.example`, `http://localhost:*`.
struct OriginPattern: Sendable, Hashable {
    /// As it is written.
    let text: String
    private let scheme: [UInt8]
    private let host: [UInt8]
    private let matchesSubdomains: Bool
    private let port: [UInt8]?
    private let matchesAllPorts: Bool

    init?(_ text: String) {
        let bytes = Bytes(text.lowercased())
        guard let parts = Origin(bytes), !parts.host.isEmpty else { return nil }
        self.text = text
        scheme = Array(parts.scheme)
        let withoutStar = parts.host.dropping(prefix: "*.")
        matchesSubdomains = withoutStar != nil
        host = Array(withoutStar ?? parts.host)
        matchesAllPorts = parts.port.map { $0 == "*" } ?? false
        port = parts.port.map { Array($0) }
        guard !host.contains(UInt8(ascii: "*")) else { return nil }
    }

    /// Whether an origin is one of these.
    func matches(_ origin: Origin) -> Bool {
        guard origin.scheme.elementsEqual(scheme) else { return false }
        if !matchesAllPorts {
            switch (origin.port, port) {
            case (nil, nil): break
            case (let given?, let wanted?): if !given.elementsEqual(wanted) { return false }
            default: return false
            }
        }
        if origin.host.elementsEqual(host) { return !matchesSubdomains }
        guard matchesSubdomains, origin.host.count > host.count + 1, origin.host.suffix(host.count).elementsEqual(host)
        else { return false }
        return origin.host.dropLast(host.count).last == UInt8(ascii: ".")
    }
}

extension OriginPattern: ConfigurationValue {
    init(_ node: YAMLNode) throws(ConfigurationError) {
        let text = try node.scalar("an origin such as https://shop.example")
        guard let pattern = Self(text) else {
            throw node.error("\"\(text)\" is no origin such as https://shop.example or https://*.shop.example")
        }
        self = pattern
    }
}
