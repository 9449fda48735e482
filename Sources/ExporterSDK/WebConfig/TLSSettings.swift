import NIOCore
import NIOSSL

/// How a connection is secured: all that a handshake needs, read and checked.
struct TLSSettings: Sendable {
    let context: NIOSSLContext
    /// For each cipher a context that has no other, where the server's order is to count; its first comes first.
    let preferences: [(cipher: NIOTLSCipher, context: NIOSSLContext)]
    /// Whether a client's certificate need only be there; whether it is genuine is then nobody's concern.
    let takesAnyCertificate: Bool
    /// Names of which a client's certificate must have one; all are good where it is nil.
    let allowedNames: Set<String>?
    let hasHTTP2: Bool

    /// What secures a connection; `offered` are the numbers of the client's ciphers where they are known.
    func handler(offered: [UInt16] = []) -> NIOSSLServerHandler {
        let preferred = preferences.first { offered.contains($0.cipher.rawValue) }
        let context = preferred?.context ?? context
        guard takesAnyCertificate else { return NIOSSLServerHandler(context: context) }
        return NIOSSLServerHandler(
            context: context,
            customVerificationCallback: { _, promise in
                promise.succeed(.certificateVerified)
            }
        )
    }

    /// Whether a client with this certificate may come in.
    func admits(_ certificate: NIOSSLCertificate?) -> Bool {
        guard let allowedNames else { return true }
        guard let certificate else { return false }
        return certificate._subjectAlternativeNames().contains { name in
            guard let text = Self.text(name) else { return false }
            return allowedNames.contains(text)
        }
    }

    /// A name as people write it; nil for a kind that has no such form.
    private static func text(_ name: _SubjectAlternativeName) -> String? {
        let bytes = name.contents.withUnsafeBufferPointer { Array($0) }
        switch name.nameType {
        case .dnsName, .email, .uri: return String(validating: bytes, as: UTF8.self)
        case .ipAddress: return IPAddressText.text(of: bytes)
        default: return nil
        }
    }
}
