import CCurl

/// Certificates that are trusted, read once and shared by all connections.
final class TrustStore: Sendable {
    private let pointer: Pointer

    /// OpenSSL locks the store itself, and counts who uses it.
    private struct Pointer: @unchecked Sendable {
        let value: OpaquePointer
    }

    /// The system's; read when it is first needed, as that takes some twenty milliseconds.
    static let system = TrustStore(ccurl_trust_make(nil, nil, 0))

    private init?(_ pointer: OpaquePointer?) {
        guard let pointer else { return nil }
        self.pointer = Pointer(value: pointer)
    }

    deinit { ccurl_trust_free(pointer.value) }

    /// Those in a file of PEM.
    convenience init?(file: String) { self.init(ccurl_trust_make(file, nil, 0)) }

    /// Those in a text of PEM.
    convenience init?(text: String) { self.init(ccurl_trust_make(nil, text, text.utf8.count)) }

    func withPointer(_ body: (OpaquePointer) -> Void) { body(pointer.value) }
}
