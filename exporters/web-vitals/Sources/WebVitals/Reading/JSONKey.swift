/// A key of an object of JSON. Good while the body is read, which it refers to.
struct JSONKey {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// Without its escapes, where it has some.
    private let unescaped: [UInt8]?

    init(_ bytes: UnsafeBufferPointer<UInt8>, unescaped: [UInt8]?) {
        self.bytes = bytes
        self.unescaped = unescaped
    }

    /// As text; what is not UTF-8 becomes U+FFFD.
    var text: String {
        if let unescaped { return String(decoding: unescaped, as: UTF8.self) }
        return String(decoding: bytes, as: UTF8.self)
    }

    // Inlined, as one key is compared with many names, and most differ in their length.
    @inline(__always)
    static func == (key: Self, text: StaticString) -> Bool {
        guard let unescaped = key.unescaped else { return key.bytes == text }
        return unescaped.withUnsafeBufferPointer { $0 == text }
    }

    /// Lets a key be looked at by `switch`.
    static func ~= (pattern: StaticString, key: Self) -> Bool { key == pattern }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes are exactly a text.
    @inline(__always)
    static func == (bytes: Self, text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        for index in bytes.indices where bytes[index] != text.utf8Start[index] { return false }
        return true
    }
}
