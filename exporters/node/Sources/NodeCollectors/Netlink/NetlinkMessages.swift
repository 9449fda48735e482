import ExporterSDK

/// A message of the protocol in which the kernel answers about networks; see netlink(7).
struct NetlinkMessage {
    /// What kind of message it is, such as `RTM_NEWLINK`.
    var type: UInt16
    /// `NLM_F_MULTI`, `NLM_F_DUMP_INTR` and others.
    var flags: UInt16
    /// The number of the request that it answers.
    var sequence: UInt32
    /// The port of the socket that it is meant for.
    var port: UInt32
    /// What follows the header.
    var payload: Bytes
}

/// The messages in what one recv(2) gave, found while iterating; ends where the bytes are no message.
struct NetlinkMessages: Sequence, IteratorProtocol {
    private static let headerBytes = 16

    private var rest: Bytes

    init(_ bytes: Bytes) { rest = bytes }

    mutating func next() -> NetlinkMessage? {
        guard let length: UInt32 = rest.number(at: 0), let type: UInt16 = rest.number(at: 4),
            let flags: UInt16 = rest.number(at: 6), let sequence: UInt32 = rest.number(at: 8),
            let port: UInt32 = rest.number(at: 12), length >= Self.headerBytes, length <= rest.count
        else { return nil }
        let payload = rest.prefix(Int(length)).dropFirst(Self.headerBytes)
        rest = rest.dropFirst(netlinkAligned(Int(length)))
        return NetlinkMessage(type: type, flags: flags, sequence: sequence, port: port, payload: payload)
    }
}

/// The attributes in a message, or within another attribute, found while iterating; ends where the bytes are none.
struct NetlinkAttributes: Sequence, IteratorProtocol {
    private static let headerBytes = 4
    /// The two highest bits say how the value is built, not what it is.
    private static let typeMask: UInt16 = 0x3FFF

    private var rest: Bytes

    init(_ bytes: Bytes) { rest = bytes }

    mutating func next() -> (type: Int, value: Bytes)? {
        guard let length: UInt16 = rest.number(at: 0), let type: UInt16 = rest.number(at: 2),
            length >= Self.headerBytes, length <= rest.count
        else { return nil }
        let value = rest.prefix(Int(length)).dropFirst(Self.headerBytes)
        rest = rest.dropFirst(netlinkAligned(Int(length)))
        return (Int(type & Self.typeMask), value)
    }
}

/// Messages and attributes begin at multiples of four bytes.
func netlinkAligned(_ length: Int) -> Int { (length + 3) & ~3 }

extension ArraySlice<UInt8> {
    /// A number in the machine's own byte order, so many bytes from the beginning; nil where the bytes end before it.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int = 0) -> Number? {
        guard offset >= 0, count - offset >= MemoryLayout<Number>.size else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    }

    /// A text of C: what stands before the first NUL.
    var beforeNUL: Bytes { prefix { $0 != 0 } }
}

extension [UInt8] {
    /// Appends a number in the machine's own byte order.
    mutating func append(number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number) { append(contentsOf: $0) }
    }
}
