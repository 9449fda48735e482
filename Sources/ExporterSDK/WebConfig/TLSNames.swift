import NIOSSL
import StrictYAML

/// A version of TLS by the toolkit's name.
enum TLSVersionName: String, Sendable, Comparable, CaseIterable, ConfigurationValue {
    case TLS10, TLS11, TLS12, TLS13

    init(_ node: YAMLNode) throws(ConfigurationError) {
        self = try node.named("TLS version")
    }

    static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }

    var version: TLSVersion {
        switch self {
        case .TLS10: .tlsv1
        case .TLS11: .tlsv11
        case .TLS12: .tlsv12
        case .TLS13: .tlsv13
        }
    }
}

/// A cipher suite by Go's name: those of `tls.CipherSuites`, in its order, which are the ones without known weakness.
enum CipherName: String, Sendable, CaseIterable, ConfigurationValue {
    case TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    case TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    case TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
    case TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
    case TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
    case TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
    case TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
    case TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
    case TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA
    case TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA
    case TLS_AES_128_GCM_SHA256
    case TLS_AES_256_GCM_SHA384
    case TLS_CHACHA20_POLY1305_SHA256

    init(_ node: YAMLNode) throws(ConfigurationError) {
        self = try node.named("cipher")
    }

    /// Nil for a suite of TLS 1.3, which can't be chosen, in Go neither.
    var cipher: NIOTLSCipher? {
        switch self {
        case .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        case .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        case .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
        case .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
        case .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
        case .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        case .TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: .TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
        case .TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: .TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
        case .TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: .TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA
        case .TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: .TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA
        case .TLS_AES_128_GCM_SHA256, .TLS_AES_256_GCM_SHA384, .TLS_CHACHA20_POLY1305_SHA256: nil
        }
    }

    /// Whether it takes a key of RSA; all others that can be chosen take one of an elliptic curve.
    var needsRSA: Bool { rawValue.hasPrefix("TLS_ECDHE_RSA_") }

    /// Whether HTTP/2 asks for it (RFC 9113 9.2.2): one of these every client has.
    var isHTTP2Required: Bool {
        self == .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 || self == .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    }
}

/// An elliptic curve by Go's name.
enum CurveName: String, Sendable, CaseIterable, ConfigurationValue {
    case CurveP256, CurveP384, CurveP521, X25519

    init(_ node: YAMLNode) throws(ConfigurationError) {
        self = try node.named("curve")
    }

    var curve: NIOTLSCurve {
        switch self {
        case .CurveP256: .secp256r1
        case .CurveP384: .secp384r1
        case .CurveP521: .secp521r1
        case .X25519: .x25519
        }
    }
}

extension YAMLNode {
    /// The case of this name; `what` is said of others: "unknown cipher".
    fileprivate func named<Name: CaseIterable & RawRepresentable>(
        _ what: String
    ) throws(ConfigurationError) -> Name where Name.RawValue == String {
        let text = try scalar("a \(what)")
        guard let name = Name(rawValue: text) else {
            let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("unknown \(what) \"\(text.prefix(64))\"; what can be here: \(names)")
        }
        return name
    }
}
