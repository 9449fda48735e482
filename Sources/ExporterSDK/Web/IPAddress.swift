import Glibc

/// An IP address, as 16 bytes; one of IPv4 as it stands in IPv6.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// Its first 8 bytes.
    public let high: UInt64
    /// Its last 8 bytes.
    public let low: UInt64

    /// An address of 4 or 16 bytes in network order.
    public init?(_ bytes: some Collection<UInt8>) {
        func word(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: (high, low) = (0, 0xFFFF << 32 | word(bytes))
        case 16: (high, low) = (word(bytes.prefix(8)), word(bytes.dropFirst(8)))
        default: return nil
        }
    }

    /// The address of a text in the usual form. The corresponding C function is `inet_pton`.
    public init?(_ text: String) {
        var bytes = in6_addr()
        guard text.utf8.count <= 45 else { return nil }
        let count = inet_pton(AF_INET, text, &bytes) == 1 ? 4 : inet_pton(AF_INET6, text, &bytes) == 1 ? 16 : 0
        guard let address = withUnsafeBytes(of: bytes, { IPAddress($0.prefix(count)) }) else { return nil }
        self = address
    }

    /// Whether it is one of IPv4.
    public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Its 4 or 16 bytes in network order.
    public var bytes: [UInt8] {
        (isIPv4 ? 12..<16 : 0..<16).map { index in
            UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index % 8)))
        }
    }

    /// As people write it. The corresponding C function is `inet_ntop`.
    public var description: String { IPAddressText.text(of: bytes) ?? "" }
}
