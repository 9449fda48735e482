import NIOCore

/// The first message of a TLS client, as far as the choice of a cipher needs it.
///
/// RFC 8446, 4.1.2 and 5.1: <https://www.rfc-editor.org/rfc/rfc8446>
enum ClientHello {
    private static let recordBytesMax = 1 << 14

    /// The numbers of the cipher suites that it offers; nil while bytes are missing.
    ///
    /// None where this is no such message, or one so large that it is spread over several records.
    static func ciphers(_ bytes: ByteBuffer) -> [UInt16]? {
        var bytes = bytes
        guard let kind = bytes.readInteger(as: UInt8.self) else { return nil }
        guard kind == 22 else { return [] }
        guard bytes.readSlice(length: 2) != nil, let length = bytes.readInteger(as: UInt16.self) else { return nil }
        guard length <= recordBytesMax else { return [] }
        guard var record = bytes.readSlice(length: Int(length)) else { return nil }
        // Its length, the version and the random number are behind its kind.
        guard record.readInteger(as: UInt8.self) == 1, record.readSlice(length: 3 + 2 + 32) != nil,
            record.readLengthPrefixedSlice(as: UInt8.self) != nil,
            var offered = record.readLengthPrefixedSlice(as: UInt16.self)
        else { return [] }
        var ciphers: [UInt16] = []
        while let cipher = offered.readInteger(as: UInt16.self) { ciphers.append(cipher) }
        return ciphers
    }
}
