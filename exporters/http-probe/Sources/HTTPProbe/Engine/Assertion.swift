import CCurl

/// A JSON Web Token with which a client asks for a token of OAuth 2; RFC 7515 and RFC 7523.
struct Assertion {
    private let settings: AssertionSettings
    private let claims: [String: String]

    private static let lifetime = 600

    /// The peer's claims; those that the settings add come last, and so win.
    init(_ settings: AssertionSettings, for oauth: OAuthSettings, at time: Int = Int(ccurl_wall_time())) {
        self.settings = settings
        var claims = [
            "iss": JSONValue.quoted(settings.issuer ?? oauth.clientID),
            "sub": JSONValue.quoted(oauth.clientID),
            "aud": JSONValue.quoted(settings.audience ?? oauth.tokenURL),
            "iat": "\(time)",
            "exp": "\(time + Self.lifetime)",
            // Whoever gives tokens may take each assertion once only.
            "jti": JSONValue.quoted(String(UInt128.random(in: 0...(.max)), radix: 16)),
        ]
        if !oauth.scopes.isEmpty { claims["scope"] = JSONValue.quoted(oauth.scopes.joined(separator: " ")) }
        self.claims = claims.merging(settings.claims.mapValues(\.json)) { $1 }
    }

    /// Header, claims and signature; nil where the key is none.
    func signed(by key: [UInt8]) -> String? {
        var header = ["alg": JSONValue.quoted(settings.algorithm.rawValue), "typ": JSONValue.quoted("JWT")]
        header["kid"] = settings.keyID.map(JSONValue.quoted)
        let parts = [header, claims].map { Self.base64URL(Array(JSONValue.object(of: $0).utf8)) }
        let text = parts.joined(separator: ".")
        guard let signature = Self.signature(of: Array(text.utf8), by: key, settings.algorithm) else { return nil }
        return text + "." + Self.base64URL(signature)
    }

    /// The signature of a message by a key of PEM; nil where the key is none for it.
    static func signature(
        of message: [UInt8],
        by key: [UInt8],
        _ algorithm: AssertionSettings.Algorithm
    ) -> [UInt8]? {
        let signature = [UInt8](unsafeUninitializedCapacity: Int(CCURL_SIGNATURE_MAX)) { buffer, count in
            count = ccurl_sign(key, key.count, algorithm.bits, message, message.count, buffer.baseAddress)
        }
        return signature.isEmpty ? nil : signature
    }

    /// RFC 4648's alphabet for URLs, without padding.
    static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0...group.count { out.append(alphabet[bits >> (18 - 6 * place) & 63]) }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
