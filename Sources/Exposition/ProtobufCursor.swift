/// Walks over the fields of a protobuf message: <https://protobuf.dev/programming-guides/encoding/>.
struct ProtobufCursor {
    /// How a value is written.
    enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case bytes = 2
        case fixed32 = 5
    }

    /// A field: its number, and its value in the form that its wire type gives.
    struct Field {
        var number: UInt64
        var wireType: WireType
        /// Of a varint, or the bits of a fixed number.
        var number64: UInt64 = 0
        /// Of a field with a length.
        var bytes: ArraySlice<UInt8>?
    }

    private let message: ArraySlice<UInt8>
    /// Where the next field begins.
    private(set) var index: Int
    /// Whether something was no field.
    private(set) var isBroken = false

    init(_ message: ArraySlice<UInt8>) {
        self.message = message
        index = message.startIndex
    }

    var isAtEnd: Bool { index == message.endIndex }

    /// The next field; nil at the end, and where what comes is none.
    mutating func next() -> Field? {
        guard !isAtEnd, !isBroken else { return nil }
        guard let field = read() else {
            isBroken = true
            return nil
        }
        return field
    }

    /// A number of at most ten bytes.
    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < message.endIndex, shift < 64 {
            let byte = message[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return shift == 63 && byte > 1 ? nil : value }
            shift += 7
        }
        return nil
    }

    /// As many bytes as a number before them says.
    mutating func lengthAndBytes() -> ArraySlice<UInt8>? {
        guard let length = varint(), length <= UInt64(message.endIndex - index) else { return nil }
        defer { index += Int(length) }
        return message[index..<(index + Int(length))]
    }

    private mutating func read() -> Field? {
        guard let tag = varint(), tag >> 3 > 0, let wireType = WireType(rawValue: tag & 7) else { return nil }
        var field = Field(number: tag >> 3, wireType: wireType)
        switch wireType {
        case .varint:
            guard let value = varint() else { return nil }
            field.number64 = value
        case .fixed64, .fixed32:
            let count = wireType == .fixed64 ? 8 : 4
            guard message.endIndex - index >= count else { return nil }
            for offset in 0..<count { field.number64 |= UInt64(message[index + offset]) << (8 * UInt64(offset)) }
            index += count
        case .bytes:
            guard let bytes = lengthAndBytes() else { return nil }
            field.bytes = bytes
        }
        return field
    }
}

extension UInt64 {
    /// The signed number that a zig-zag coded one stands for.
    var fromZigZag: Int64 { Int64(bitPattern: self >> 1) ^ -Int64(bitPattern: self & 1) }
}
