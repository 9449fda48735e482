import ExporterSDK
import ExporterTesting
import Glibc
import Testing

@testable import NodeCollectors

/// The kernel's messages, as they were received from Linux 6.18.
struct NetlinkTests {
    // From <linux/rtnetlink.h>.
    static let newLink = 16
    static let newAddress = 20
    static let newNeighbour = 28
    private static let getLink: Int32 = 18
    private static let addressAttribute: UInt16 = 1
    private static let route: Int32 = 0

    /// The payloads of the messages of a kind in a recorded answer.
    static func payloads(_ type: Int, in file: String) throws -> [Bytes] {
        let bytes = try FileTree(fixtures() + "/netlink").read(file, keep: false)
        return NetlinkMessages(bytes).filter { $0.type == type }.map(\.payload)
    }

    @Test func readsInterfaces() throws {
        let links = try Self.payloads(Self.newLink, in: "links.bin").compactMap { Link($0) }
        try #require(links.map(\.name.text) == ["lo", "peer0", "eth0"])
        let (lo, eth0) = (links[0], links[2])
        #expect(eth0.index == 3 && eth0.parent == 2 && eth0.hardwareType == 1)
        #expect(eth0.isUp && eth0.carrier == 1 && eth0.operationalState == 6)
        #expect(NetworkInterface.colonHex(eth0.address) == "02:00:00:00:00:10")
        #expect(NetworkInterface.colonHex(eth0.broadcast) == "ff:ff:ff:ff:ff:ff")
        #expect(eth0.alias.text == "uplink to \"rack 7\"")
        #expect(eth0.alternativeNames.map(\.text) == ["enp1s0"])
        #expect(eth0.mtu == 9000 && eth0.group == 3 && eth0.transmitQueueLength == 500 && eth0.mode == 0)
        #expect(eth0.carrierChanges == 2 && eth0.carrierUps == 1 && eth0.carrierDowns == 1)
        #expect(eth0.promiscuity == 1 && eth0.allMulticasts == 1)
        #expect(eth0.statistics?[.receiveBytes] == 430 && eth0.statistics?[.receivePackets] == 5)
        #expect(eth0.statistics?[.receiveNoHandler] == 0)
        #expect(lo.hardwareType == 772 && lo.parent == nil && lo.alias.isEmpty && lo.alternativeNames.isEmpty)
    }

    @Test func givesFlagsAsFilesHaveThem() throws {
        let links = try Self.payloads(Self.newLink, in: "links.bin").compactMap { Link($0) }
        // UP, BROADCAST, MULTICAST; and on eth0 PROMISC, ALLMULTI. The message has RUNNING and LOWER_UP too.
        #expect(links.map { NetworkInterface.deviceFlags($0) } == [0x9, 0x1003, 0x1303])
        var old = try #require(links.last)
        old.allMulticasts = nil
        #expect(NetworkInterface.deviceFlags(old) == nil)
    }

    @Test func readsNeighbours() throws {
        let neighbours = try Self.payloads(Self.newNeighbour, in: "neighbours.bin").compactMap { Neighbour($0) }
        #expect(neighbours.allSatisfy { $0.interface == 3 })
        let listed = neighbours.filter(\.isListed)
        #expect(listed.compactMap(\.stateName).sorted() == ["permanent", "reachable", "reachable", "reachable"])
        #expect(neighbours.count == listed.count + 1)
    }

    @Test func readsAddresses() throws {
        let addresses = try Self.payloads(Self.newAddress, in: "addresses.bin").compactMap { NetworkAddress($0) }
        #expect(
            addresses.map { "\($0.interface) \($0.text)/\($0.prefixLength) \($0.scope)" } == [
                "1 127.0.0.1/8 link-local", "3 192.0.2.10/24 global", "3 198.51.100.1/32 global",
                "1 ::1/128 link-local", "2 fe80::ff:fe00:11/64 link-local", "3 2001:db8::10/64 global",
                "3 fe80::ff:fe00:10/64 link-local",
            ]
        )
    }

    @Test(arguments: [
        ("0.0.0.0", ""), ("255.255.255.255", ""), ("127.9.9.9", "link-local"), ("169.254.1.1", "link-local"),
        ("224.0.0.5", "link-local"), ("239.1.1.1", ""), ("10.0.0.1", "global"), ("::", ""), ("::1", "link-local"),
        ("::2", "global"), ("fe80::1", "link-local"), ("febf::1", "link-local"), ("fec0::1", "global"),
        ("ff01::1", "interface-local"), ("ff02::1", "link-local"), ("ff05::1", ""), ("fd00::1", "global"),
    ])
    func tellsScope(text: String, scope: String) throws {
        let isIPv6 = text.contains(":")
        var address = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        try #require(inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, &address) == 1)
        var payload = [UInt8(isIPv6 ? AF_INET6 : AF_INET), 64, 0, 0, 1, 0, 0, 0]
        payload.append(number: UInt16(4 + address.count))
        payload.append(number: Self.addressAttribute)
        payload += address
        let parsed = try #require(NetworkAddress(payload[...]))
        #expect(parsed.text == text)
        #expect(parsed.scope == scope)
    }

    /// Whatever is cut off, what is left is read as far as it goes.
    @Test(arguments: [0, 1, 15, 16, 17, 31, 32, 33, 100])
    func endsWhereTheBytesEnd(length: Int) throws {
        let payload = try #require(Self.payloads(Self.newLink, in: "links.bin").last)
        let link = Link(payload.prefix(length))
        // 16 bytes of header, 4 of attribute header, "eth0" and its NUL.
        #expect((link != nil) == (length >= 25))
        #expect(link?.statistics == nil)
        #expect(Neighbour(payload.prefix(length)) == nil)
        #expect(NetworkAddress(payload.prefix(length)) == nil)
    }

    @Test(arguments: [
        [], [0], [16, 0, 0, 0], [15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ])
    func refusesMessagesOfOtherLengths(bytes: [UInt8]) {
        #expect(Array(NetlinkMessages(bytes[...])).isEmpty)
    }

    @Test func readsOldStatistics() {
        var bytes: [UInt8] = []
        for value in 1...23 { bytes.append(number: UInt32(value)) }
        let statistics = LinkStatistics(bytes[...], wordBytes: 4)
        #expect(statistics[.receivePackets] == 1 && statistics[.transmitCompressed] == 23)
        #expect(statistics[.receiveNoHandler] == nil)
    }

    // MARK: This kernel

    @Test func theKernelAnswers() throws {
        let context = ScrapeContext(deadline: .now + .seconds(10))
        let rtnetlink = Rtnetlink()
        let links = try rtnetlink.links(context)
        #expect(links.contains { $0.name == "lo" && $0.statistics != nil })
        _ = try rtnetlink.neighbours(context)
        #expect(try rtnetlink.addresses(context).count >= 0)
    }

    @Test func asksOnceAScrape() throws {
        let rtnetlink = Rtnetlink()
        let first = ScrapeContext(deadline: .now + .seconds(10))
        let one = try rtnetlink.links(first)
        let two = try rtnetlink.links(first)
        // The same bytes in memory, not only equal ones.
        #expect(Self.address(one) == Self.address(two))
        let three = try rtnetlink.links(ScrapeContext(deadline: .now + .seconds(11)))
        #expect(Self.address(one) != Self.address(three))
    }

    private static func address(_ links: [Link]) -> UnsafeRawPointer? {
        links.withUnsafeBytes { $0.baseAddress }
    }

    @Test func aRefusedRequestIsAnErrorAndTheSocketRecovers() throws {
        let socket = NetlinkSocket(Self.route)
        let deadline = ContinuousClock.now + .seconds(10)
        #expect(throws: SystemError(code: EOPNOTSUPP)) {
            try socket.dump(0x7FF0, [0, 0, 0, 0], deadline: deadline) { _ in 0 }
        }
        let request = [UInt8](repeating: 0, count: 16)
        #expect(try !socket.dump(Self.getLink, request, deadline: deadline) { Link($0.payload) }.isEmpty)
    }

    @Test func aPassedDeadlineIsAnError() {
        #expect(throws: SystemError(code: ETIMEDOUT)) {
            try Rtnetlink().links(ScrapeContext(deadline: .now - .seconds(1)))
        }
    }
}
