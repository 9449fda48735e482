import CCurl
import ExporterSDK

/// A JSON Web Token with which a client asks for a token of OAuth 2; RFC 7515 and RFC 7523.
struct Assertion {
    private let settings: AssertionSettings
    private let claims: [String: String]

    private static let lifetime = 600

    /// The peer's claims; those that the settings add come last, and so win.
    init(_ settings: AssertionSettings, for oauth: OAuthSettings, at time: Int = Int(ccurl_wall_time())) {
        self.settings = settings
        var claims = [
            "iss": (settings.issuer ?? oauth.clientID).quotedAsJSON,
            "sub": oauth.clientID.quotedAsJSON,
            "aud": (settings.audience ?? oauth.tokenURL).quotedAsJSON,
            "iat": "\(time)",
            "exp": "\(time + Self.lifetime)",
            // Whoever gives tokens may take each assertion once only.
            "jti": String(UInt128.random(in: 0...(.max)), radix: 16).quotedAsJSON,
        ]
        if !oauth.scopes.isEmpty { claims["scope"] = oauth.scopes.joined(separator: " ").quotedAsJSON }
        self.claims = claims.merging(settings.claims.mapValues(\.json)) { $1 }
    }

    /// Header, claims and signature; nil where the key is none.
    func signed(by key: [UInt8]) -> String? {
        var header = ["alg": settings.algorithm.rawValue.quotedAsJSON, "typ": "JWT".quotedAsJSON]
        header["kid"] = settings.keyID?.quotedAsJSON
        let parts = [header, claims].map { Array(JSONValue.object(of: $0).utf8).base64(forURL: true) }
        let text = parts.joined(separator: ".")
        guard let signature = Self.signature(of: Array(text.utf8), by: key, settings.algorithm) else { return nil }
        return text + "." + signature.base64(forURL: true)
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
}
