import Glibc

/// An IP address, as 16 bytes; one of IPv4 as it stands in IPv6.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// Its first 8 bytes.
    public let high: UInt64
    /// Its last 8 bytes.
    public let low: UInt64

    /// An address of 4 or 16 bytes in network order.
    public init?(_ bytes: some Collection<UInt8>) {
        var all = Array(bytes)
        if all.count == 4 { all = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] + all }
        guard all.count == 16 else { return nil }
        high = all[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = all[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The address of a text in the usual form. The corresponding C function is `inet_pton`.
    public init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard text.utf8.count <= 45 else { return nil }
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(bytes[..<4])
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(bytes)
        } else {
            return nil
        }
    }

    /// Whether it is one of IPv4.
    public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Its 4 or 16 bytes in network order.
    public var bytes: [UInt8] {
        let all = [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
        return isIPv4 ? Array(all[12...]) : all
    }

    /// As people write it. The corresponding C function is `inet_ntop`.
    public var description: String { IPAddressText.text(of: bytes) ?? "" }
}
