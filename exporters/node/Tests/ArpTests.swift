import ExporterSDK
import ExporterTesting
import Testing

@testable import NodeCollectors

struct ArpTests {
    private static let heading =
        "IP address       HW type     Flags       HW address            Mask     Device\n"

    @Test(arguments: [
        (heading, [:]),
        (heading + "192.0.2.1 0x1 0x2 02:fc:00:00:00:05 * eth0\n", ["eth0": 1]),
        (
            heading + "192.0.2.1 0x1 0x2 02:fc:00:00:00:05 * eth0\n192.0.2.2 0x1 0x0 00:00:00:00:00:00 * eth0",
            ["eth0": 2]
        ),
        (heading + "192.0.2.1 0x1 0x2\n\nx\n192.0.2.1 0x1 0x2 02:fc:00:00:00:05 * eth1\n", ["eth1": 1]),
    ])
    func countsEntries(text: String, counts: [String: Int]) throws {
        let devices = try ArpCollector.parse(Bytes(text))
        let found = devices.map { ($0.key.text, $0.value.entries) }
        #expect(Dictionary(uniqueKeysWithValues: found) == counts)
    }

    @Test(arguments: ["", "\n", "192.0.2.1 0x1 0x2 02:fc:00:00:00:05 * eth0\n", "\u{0}"])
    func failsWithoutTheHeading(text: String) {
        #expect(throws: CollectorError.self) { try ArpCollector.parse(Bytes(text)) }
    }

    @Test func countsStates() throws {
        let neighbours = try NetlinkTests.payloads(NetlinkTests.newNeighbour, in: "neighbours.bin")
            .compactMap { Neighbour($0) }
        let links = try NetlinkTests.payloads(NetlinkTests.newLink, in: "links.bin").compactMap { Link($0) }
        let devices = ArpCollector.count(neighbours, links)
        #expect(devices == [Bytes("eth0"): .init(entries: 4, states: ["permanent": 1, "reachable": 3])])
        #expect(ArpCollector.count(neighbours, []).isEmpty)
    }

    @Test func asksTheKernel() throws {
        let text = exposition(of: try ArpCollector(Host(FlagValues()), FlagValues()))
        #expect(!text.contains("# failed"))
    }
}
