import ExporterSDK

extension IPAddress {
    /// What one client has: an IPv4 address, or the half of an IPv6 address that a household gets.
    var client: UInt64 { isIPv4 ? low : high }

    /// What one network has: the first 24 bits of IPv4, the first 48 of IPv6.
    var network: UInt64 { isIPv4 ? low >> 8 : high >> 16 }

    /// The address of a text that may name an interface, as that of a link-local address does: it is no part of it.
    init?(withoutInterface text: String) { self.init(String(text.prefix { $0 != "%" })) }
}
