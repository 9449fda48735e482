import ExporterSDK

/// A server that a request names: host, port and database, and nothing else.
///
/// `HOST`, `HOST:PORT`, `HOST:PORT/DATABASE`, or such as a URI with `postgresql://` before it and `?sslmode=MODE` after it.
/// Credentials never come from a request, nor does any other of libpq's many options, of which some read files.
struct ProbeTarget: Hashable, Sendable {
    let host: String
    let port: Int
    let database: String?
    let sslMode: String?

    /// What an allowlist is compared with: `host:port`.
    var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static let sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

    /// The target of this text; throws what is wrong with it, without showing it: it may hold a password.
    init(_ text: String) throws(UsageError) {
        var rest = Bytes(text)
        guard rest.count <= 512 else { throw UsageError("target: longer than 512 bytes") }
        rest = rest.dropping(prefix: "postgresql://") ?? rest.dropping(prefix: "postgres://") ?? rest
        guard !rest.contains(UInt8(ascii: "@")) else {
            throw UsageError("target: holds credentials, which belong into an auth module of the configuration file")
        }
        let parts = rest.cut(at: "?")
        sslMode = try parts.map { parts throws(UsageError) in try Self.sslMode(parts.after) } ?? nil
        let place = (parts?.before ?? rest).cut(at: "/")
        database = try place.map { place throws(UsageError) in try Self.database(place.after) } ?? nil
        (host, port) = try Self.address(place?.before ?? parts?.before ?? rest)
    }

    private static func sslMode(_ options: Bytes) throws(UsageError) -> String? {
        guard let mode = options.dropping(prefix: "sslmode=")?.text, sslModes.contains(mode) else {
            throw UsageError("target: the only option is sslmode=, one of \(sslModes.joined(separator: ", "))")
        }
        return mode
    }

    private static func database(_ name: Bytes) throws(UsageError) -> String? {
        guard name.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "$") }), name.count <= 63 else {
            throw UsageError("target: a database's name has letters, digits, -, _, . and $ here")
        }
        return name.isEmpty ? nil : name.text
    }

    private static func address(_ text: Bytes) throws(UsageError) -> (String, Int) {
        var host = text
        var port: Int? = 5432
        if let inner = text.dropping(prefix: "["), let parts = inner.cut(at: "]") {
            host = parts.before
            if !parts.after.isEmpty { port = parts.after.dropping(prefix: ":").flatMap { $0.int } }
            let isAddress = host.allSatisfy { isPlain($0) || $0 == UInt8(ascii: ":") }
            guard isAddress, host.contains(UInt8(ascii: ":")) else { throw wrongAddress }
        } else if let parts = text.cut(at: ":") {
            host = parts.before
            port = parts.after.int
        }
        guard !host.isEmpty, host.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: ":") }), let port,
            (1...65_535).contains(port)
        else { throw wrongAddress }
        guard !isForbidden(host) else { throw UsageError("target: addresses of the link and of metadata are refused") }
        return (host.text, port)
    }

    private static let wrongAddress = UsageError("target: no address such as db.example.org:5432")

    /// Services of clouds that tell credentials listen there; no database does.
    private static func isForbidden(_ host: Bytes) -> Bool {
        let name = host.text.lowercased()
        return name.hasPrefix("169.254.") || name.hasPrefix("fe8") && name.contains(":")
            || name.hasPrefix("fe9") && name.contains(":") || name.hasPrefix("fea") && name.contains(":")
            || name.hasPrefix("feb") && name.contains(":") || name == "metadata.google.internal"
            || name.hasPrefix("fd00:ec2:")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
