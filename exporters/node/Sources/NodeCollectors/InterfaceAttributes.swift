import ExporterSDK

/// What of network interfaces only their files in `/sys/class/net/*` tell, remembered, as reading it takes a lock that
/// all of the network shares.
///
/// It is read again when the kernel's answer shows that something happened to the interface: another name, another
/// hardware address, up, down, carrier lost or found, even if it was found again since. And once a minute, for what
/// shows nowhere else: a bond's speed after one of several members has failed.
struct InterfaceAttributes {
    private struct Known {
        var cause: Cause
        var expires: ContinuousClock.Instant
        var addressAssignType: Int64?
        var deviceID: Int64?
        var nameAssignType: Int64?
        var speed: Int64?
        var duplex: Bytes = []
    }

    /// What was the case when the files were read.
    private struct Cause: Equatable {
        var name: Bytes
        var address: Bytes
        var isUp: Bool
        var carrier: UInt8?
        var carrierChanges: UInt32?
    }

    /// How long values are believed at most.
    static let lifetime = Duration.seconds(60)

    private var known: [Int32: Known] = [:]

    /// The interfaces with all that there is to know of them.
    mutating func interfaces(_ links: [Link], _ sys: FileTree, now: ContinuousClock.Instant = .now)
        -> [NetworkInterface]
    {
        if known.count > links.count * 2 { known.removeAll(keepingCapacity: true) }
        return links.map { link in
            let attributes = attributes(of: link, sys, now)
            var interface = NetworkInterface(link)
            interface.addressAssignType = attributes.addressAssignType
            interface.deviceID = attributes.deviceID
            interface.nameAssignType = attributes.nameAssignType
            interface.speed = attributes.speed
            interface.names.duplex = attributes.duplex
            if interface.flags == nil { interface.set(flags: Self.number(link.name, "flags", sys, keep: true)) }
            return interface
        }
    }

    private mutating func attributes(of link: Link, _ sys: FileTree, _ now: ContinuousClock.Instant) -> Known {
        let cause = Cause(
            name: link.name,
            address: link.address,
            isUp: link.isUp,
            carrier: link.carrier,
            carrierChanges: link.carrierChanges
        )
        if let last = known[link.index], last.cause == cause, now < last.expires { return last }
        // The first time is shorter, by another piece for each interface, so that not all are read in one scrape.
        let isFirst = known[link.index] == nil
        let lifetime = isFirst ? Self.lifetime * (Int(link.index) & 31) / 32 : Self.lifetime
        let name = link.name
        let attributes = Known(
            cause: cause,
            expires: now + lifetime,
            addressAssignType: Self.number(name, "addr_assign_type", sys),
            deviceID: Self.number(name, "dev_id", sys),
            nameAssignType: Self.number(name, "name_assign_type", sys),
            speed: Self.number(name, "speed", sys),
            duplex: sys.attribute("class/net/\(name.text)/duplex", keep: false).map { Bytes(Array($0)) } ?? []
        )
        known[link.index] = attributes
        return attributes
    }

    /// Read so seldom, a file is not worth being kept open.
    private static func number(_ name: Bytes, _ attribute: String, _ sys: FileTree, keep: Bool = false) -> Int64? {
        sys.attribute("class/net/\(name.text)/\(attribute)", keep: keep).flatMap(NetworkInterface.number)
    }
}
