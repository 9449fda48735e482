/// Hashes label values, eight bytes at a time by a full multiplication, as wyhash does.
///
/// The seed is the process's own, so nobody outside can choose values that collide.
struct LabelHash {
    private static let seed = UInt64.random(in: .min ... .max)

    /// The hash of these values, of as much of them as is rendered.
    static func of(_ values: Span<String>) -> UInt32 {
        var hash = LabelHash()
        for index in values.indices { values[index].withUTF8Bytes { hash.combine($0) } }
        return hash.value
    }

    private var state = Self.seed

    private var value: UInt32 { UInt32(truncatingIfNeeded: state ^ state >> 32) }

    /// Folds a value in; its length too, so that values don't run into each other.
    private mutating func combine(_ value: UnsafeBufferPointer<UInt8>) {
        let count = min(value.count, LabelNames.labelValueBytesMax)
        let bytes = UnsafeRawBufferPointer(value)
        var offset = 0
        while offset + 8 <= count {
            mix(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest = UInt64(count) << 56
        while offset < count {
            rest = rest << 8 ^ UInt64(bytes[offset])
            offset += 1
        }
        mix(rest)
    }

    private mutating func mix(_ word: UInt64) {
        let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        state = product.high ^ product.low
    }
}
