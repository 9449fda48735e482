import ExporterSDK
import StrictYAML

/// What a client says of itself, signed by its own key, in order to get a token: OAuth 2's grant `jwt-bearer`.
struct AssertionSettings: Sendable {
    let key: CredentialSettings.Source
    let keyID: String?
    let algorithm: Algorithm
    /// Nil is the client's ID.
    let issuer: String?
    /// Nil is the URL of the token.
    let audience: String?
    let claims: [String: Claim]

    enum Algorithm: String, Sendable, CaseIterable, ConfigurationValue {
        case rs256 = "RS256"
        case rs384 = "RS384"
        case rs512 = "RS512"

        /// Of the digest that is signed.
        var bits: Int32 {
            switch self {
            case .rs256: 256
            case .rs384: 384
            case .rs512: 512
            }
        }
    }

    /// A value as JSON. What is not in quotes and reads as a number there is that number, digit by digit.
    struct Claim: Sendable, ConfigurationValue {
        let json: String

        init(_ node: YAMLNode) throws(ConfigurationError) {
            switch node.content {
            case .null: json = "null"
            case .scalar(let text, let isQuoted):
                if !isQuoted, let flag = try? Bool(node) {
                    json = String(flag)
                } else if !isQuoted, case .number? = JSONValue(parsing: Array(text.utf8)) {
                    json = text
                } else {
                    json = text.quotedAsJSON
                }
            case .list: json = "[" + (try [Claim](node)).map(\.json).joined(separator: ",") + "]"
            case .map: json = JSONValue.object(of: try [String: Claim](node).mapValues(\.json))
            }
        }
    }

    /// Its keys, which no other grant has.
    static let keys = [
        "client_certificate_key", "client_certificate_key_file", "client_certificate_key_id", "signature_algorithm",
        "iss", "audience", "claims",
    ]

    /// Takes its keys of those of an `oauth2`. The key has to be good already then.
    init(taking keys: inout ConfigurationKeys) throws(ConfigurationError) {
        let names = (text: "client_certificate_key", file: "client_certificate_key_file")
        guard let source = try CredentialSettings.source(&keys, names.text, names.file) else {
            throw ConfigurationError(keys.position, "\"\(names.text)\" is missing here")
        }
        key = source
        keyID = try Self.text(&keys, "client_certificate_key_id")
        algorithm = try keys.value("signature_algorithm", default: .rs256)
        issuer = try Self.text(&keys, "iss")
        audience = try Self.text(&keys, "audience")
        claims = try keys.value("claims", default: [:])
        guard Assertion.signature(of: [], by: try source.bytes(), algorithm) != nil else {
            let name = if case .file = source { names.file } else { names.text }
            throw keys.error(name, "a private key of RSA should be here, as PEM and without a password")
        }
    }

    /// A text; an empty one is none.
    private static func text(_ keys: inout ConfigurationKeys, _ key: String) throws(ConfigurationError) -> String? {
        let text = try keys.value(key, default: "")
        return text.isEmpty ? nil : text
    }
}

extension CredentialSettings.Source {
    /// The text, or what the file has now, as it stands.
    func bytes() throws(ConfigurationError) -> [UInt8] {
        switch self {
        case .text(let secret): Array(secret.exposed.utf8)
        case .file(let path): try ConfigurationFile(path).bytes
        }
    }
}
