import ExporterSDK
import Testing

@testable import NodeCollectors

struct UdpQueuesTests {
    private typealias Queues = UdpQueuesCollector.Queues

    @Test func sumsOverSockets() throws {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when
               0: 00000000:0016 00000000:0000 07 00000015:00000001 00:00000000
               1: 00000000:0016 00000000:0000 07 000000ff:00000100 00:00000000
               2: 00000000:0016 00000000:0000 07 xyz:00000100 00:00000000
               3: 00000000:0016
            """
        #expect(try UdpQueuesCollector.parse(Bytes(text)) == Queues(sending: 276, received: 257))
    }

    @Test func noSocketsIsZero() throws {
        #expect(try UdpQueuesCollector.parse(Bytes("   sl  local_address\n")) == Queues())
    }

    @Test(arguments: ["", "\n", "0: 0:0 0:0 07 1:1\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try UdpQueuesCollector.parse(Bytes(text)) }
    }

    @Test func eitherVersionSuffices() throws {
        let lines = try samples(of: UdpQueuesCollector.self, over: ["proc/net/udp6": "  sl  local_address\n"])
        #expect(lines == ["node_udp_queues{queue=\"tx\",ip=\"v6\"} 0", "node_udp_queues{queue=\"rx\",ip=\"v6\"} 0"])
    }
}
