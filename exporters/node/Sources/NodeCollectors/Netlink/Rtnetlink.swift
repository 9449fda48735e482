import CLinux
import ExporterSDK
import Synchronization

/// This kernel's network configuration, asked for by rtnetlink(7).
///
/// One for all collectors: what the first of a scrape asks for is there for the others.
final class Rtnetlink: Sendable {
    /// So that messages need not hold the counters of each interface's IPv6, 400 bytes which nobody reads.
    private static let skipStatistics: UInt32 = 1 << 3

    private let socket = NetlinkSocket(NETLINK_ROUTE)
    private let lastLinks = Mutex<(deadline: ContinuousClock.Instant, links: [Link])?>(nil)

    /// The network interfaces, by their numbers.
    ///
    /// Asked for once a scrape, of which the deadline is the mark: no two have the same.
    func links(_ context: ScrapeContext) throws(SystemError) -> [Link] {
        try lastLinks.withLock { last throws(SystemError) in
            if let last, last.deadline == context.deadline { return last.links }
            last = nil
            let links = try dumpLinks(context.deadline)
            last = (context.deadline, links)
            return links
        }
    }

    /// The neighbours that the kernel knows by IPv4: its ARP cache.
    func neighbours(_ context: ScrapeContext) throws(SystemError) -> [Neighbour] {
        // struct ndmsg, of which only the first byte matters: the address family.
        var request: [UInt8] = [UInt8(AF_INET)]
        request += [UInt8](repeating: 0, count: 11)
        return try socket.dump(Int32(RTM_GETNEIGH), request, deadline: context.deadline) { message in
            message.type == RTM_NEWNEIGH ? Neighbour(message.payload) : nil
        }
    }

    /// The addresses of the network interfaces.
    func addresses(_ context: ScrapeContext) throws(SystemError) -> [NetworkAddress] {
        // struct ifaddrmsg: all zero asks for all.
        let request = [UInt8](repeating: 0, count: 8)
        return try socket.dump(Int32(RTM_GETADDR), request, deadline: context.deadline) { message in
            message.type == RTM_NEWADDR ? NetworkAddress(message.payload) : nil
        }
    }

    private func dumpLinks(_ deadline: ContinuousClock.Instant) throws(SystemError) -> [Link] {
        // struct ifinfomsg: all zero asks for all. Then an attribute.
        var request = [UInt8](repeating: 0, count: 16)
        request.append(number: UInt16(8))
        request.append(number: UInt16(IFLA_EXT_MASK))
        request.append(number: Self.skipStatistics)
        let links = try socket.dump(Int32(RTM_GETLINK), request, deadline: deadline) { message in
            message.type == RTM_NEWLINK ? Link(message.payload) : nil
        }
        return links.sorted { $0.index < $1.index }
    }
}
