/// A range of addresses, `10.0.0.0/8`, or one address.
public struct AddressRange: Sendable, Equatable {
    private let address: IPAddress
    private let bits: Int

    /// The range of a text; nil where it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        let most = address.isIPv4 ? 32 : 128
        var bits = most
        if parts.count > 1 {
            guard let given = Int(parts[1]), (0...most).contains(given) else { return nil }
            bits = given
        }
        self.address = address
        self.bits = address.isIPv4 ? bits + 96 : bits
    }

    /// Whether an address lies in it.
    public func contains(_ other: IPAddress) -> Bool {
        Self.isSame(address.high, other.high, min(bits, 64)) && Self.isSame(address.low, other.low, max(0, bits - 64))
    }

    private static func isSame(_ a: UInt64, _ b: UInt64, _ bits: Int) -> Bool {
        bits == 0 || (a ^ b) >> UInt64(64 - bits) == 0
    }
}
