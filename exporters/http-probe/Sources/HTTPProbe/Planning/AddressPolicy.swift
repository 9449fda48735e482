import ExporterSDK

/// Where probes may go.
///
/// Whoever can reach the port could otherwise make this process ask, in its own network and with its modules'
/// credentials, what no one else may ask: services of clouds that hand out credentials, for one. It is applied to the
/// addresses that a name has in the end, at each redirect anew, and the connection is made to just that address; so
/// neither odd ways to write an address nor a name server that answers differently the second time gets around it.
struct AddressPolicy: Sendable {
    /// Also of private networks, of carriers and of this machine.
    var deniesPrivate = false
    /// Ranges that may be probed whatever else is said; nothing else where there are any allowlists.
    var allowedRanges: [AddressRange] = []
    /// Names that may be probed, in lower case; `*.example.org` is all below it.
    var allowedHosts: [String] = []
    /// Patterns of whole URLs that may be probed.
    var allowedPatterns: [Pattern] = []

    static let flags: [any FlagDeclaration] = [denyPrivate, allowHosts, allowRanges, allowPatterns]
    static let denyPrivate = Flag(
        "probe.deny-private",
        default: false,
        help: "Refuse targets on this machine and in private networks (10.0.0.0/8, fc00::/7 and the like)."
    )
    static let allowHosts = Flag(
        "probe.allow-host",
        default: [String](),
        placeholder: "NAME",
        help: "Probe only targets of this name; *.example.org is all below it. Repeatable."
    )
    static let allowRanges = Flag(
        "probe.allow-cidr",
        default: [String](),
        placeholder: "CIDR",
        help: "Probe only addresses of this range; one of the link may be named, too. Repeatable."
    )
    static let allowPatterns = Flag(
        "probe.allow",
        default: [String](),
        placeholder: "REGEXP",
        help: "Probe only targets whose whole URL matches. Repeatable; one of the allowlists has to let a target in."
    )

    init() {}

    /// The policy of the flags.
    init(_ flags: FlagValues) throws(UsageError) {
        deniesPrivate = flags[Self.denyPrivate]
        allowedHosts = flags[Self.allowHosts].map { $0.lowercased() }
        for text in flags[Self.allowRanges] {
            guard let range = AddressRange(text) else {
                throw UsageError("--\(Self.allowRanges.name): \"\(text)\" is no range such as 192.0.2.0/24")
            }
            allowedRanges.append(range)
        }
        for text in flags[Self.allowPatterns] { allowedPatterns.append(try Pattern("^(?:\(text))$")) }
    }

    /// Whether there is a list of what alone may be probed.
    private var isList: Bool { !(allowedRanges.isEmpty && allowedHosts.isEmpty && allowedPatterns.isEmpty) }

    /// Whether a URL of this host may be probed as far as names tell; its addresses are to be looked at besides.
    func permits(host: String, url: String) -> Bool {
        if Self.metadataNames.contains(host.lowercased()) { return false }
        return !isList || isNamed(host, url) || !allowedRanges.isEmpty
    }

    /// Whether an address of this host may be connected to.
    func permits(_ address: IPAddress, host: String, url: String) -> Bool {
        if allowedRanges.contains(where: { $0.contains(address) }) { return true }
        guard !isList || isNamed(host, url) else { return false }
        let address = address.embedded ?? address
        if Self.denied.contains(where: { $0.contains(address) }) { return false }
        return !deniesPrivate || !Self.privateRanges.contains { $0.contains(address) }
    }

    private func isNamed(_ host: String, _ url: String) -> Bool {
        let host = host.lowercased()
        return allowedHosts.contains { $0 == host || ($0.hasPrefix("*.") && host.hasSuffix($0.dropFirst())) }
            || allowedPatterns.contains { $0.matches(Bytes(url)) }
    }

    private static let metadataNames: Set<String> = ["metadata.google.internal", "metadata", "instance-data"]

    /// What nobody has a website at: none, the link, metadata of clouds, many at once, reserved.
    private static let denied = ranges(
        "0.0.0.0/8",
        "169.254.0.0/16",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::",
        "fe80::/10",
        "fd00:ec2::254",
        "fd20:ce::254",
        "ff00::/8"
    )
    private static let privateRanges = ranges(
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "::1",
        "fc00::/7",
        "fec0::/10"
    )

    private static func ranges(_ texts: String...) -> [AddressRange] { texts.compactMap { AddressRange($0) } }
}

extension IPAddress {
    /// The IPv4 address that a translator or a tunnel makes of this one: NAT64, 6to4, IPv4-compatible.
    var embedded: IPAddress? {
        guard !isIPv4 else { return nil }
        let bytes = bytes
        if high == 0x0064_FF9B_0000_0000, low >> 32 == 0 { return IPAddress(bytes[12...]) }
        if high == 0, low >> 32 == 0, low > 1 { return IPAddress(bytes[12...]) }
        if high >> 48 == 0x2002 { return IPAddress(bytes[2..<6]) }
        return nil
    }
}
