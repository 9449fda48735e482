import ExporterSDK

/// Who sent a request: the other end of the connection, or behind proxies that we trust whom they name.
struct ClientAddress: Sendable {
    /// The hops of `X-Forwarded-For` that are looked at.
    private static let hopsMax = 32

    private let trustedProxies: [AddressRange]

    init(trustedProxies: [String]) throws(UsageError) {
        var ranges: [AddressRange] = []
        for text in trustedProxies {
            guard let range = AddressRange(text) else {
                throw UsageError("--web.trusted-proxies: \"\(text)\" is no address such as 10.0.0.0/8")
            }
            ranges.append(range)
        }
        self.trustedProxies = ranges
    }

    /// The address of the client; nil on a unix socket whose proxy names nobody.
    ///
    /// Each proxy appends whom it saw, so the list is read from its end, as far as the proxies are ours: what stands
    /// before was written by the client.
    func address(peer: IPAddress?, forwardedFor: [String]) -> IPAddress? {
        // A unix socket is reached by a proxy of ours only.
        guard !trustedProxies.isEmpty, peer.map(isTrusted) ?? true else { return peer }
        var client = peer
        let hops = forwardedFor.joined(separator: ",").split(separator: ",")
        for hop in hops.suffix(Self.hopsMax).reversed() {
            guard let address = IPAddress(withoutInterface: hop.filter { $0 != " " && $0 != "\t" }) else {
                return client
            }
            client = address
            guard isTrusted(address) else { return address }
        }
        return client
    }

    private func isTrusted(_ address: IPAddress) -> Bool { trustedProxies.contains { $0.contains(address) } }
}
