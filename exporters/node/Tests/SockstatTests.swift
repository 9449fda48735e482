import ExporterSDK
import Testing

@testable import NodeCollectors

struct SockstatTests {
    @Test(arguments: [
        ("sockets: used 3\n", ["sockets.used=3"]),
        ("TCP: inuse 4 orphan 0 tw\nUDP: mem x inuse 1\n", ["TCP.inuse=4", "TCP.orphan=0", "UDP.inuse=1"]),
        ("garbage\n: inuse 1\nRAW: inuse 2", ["RAW.inuse=2"]),
    ])
    func reads(text: String, expected: [String]) throws {
        let states = try SockstatCollector.parse(Bytes(text))
        #expect(states.map { "\($0.family.text).\($0.name.text)=\(Int($0.value))" } == expected)
    }

    @Test(arguments: ["", "\n", "TCP inuse 4\n", "TCP: inuse\n", "TCP: inuse x\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try SockstatCollector.parse(Bytes(text)) }
    }

    @Test func eitherVersionSuffices() throws {
        let six = try samples(of: SockstatCollector.self, over: ["proc/net/sockstat6": "TCP6: inuse 1\n"])
        #expect(six == ["node_sockstat_TCP6_inuse 1"])
        let none = try samples(of: SockstatCollector.self, over: [:])
        #expect(none == ["# absent: net/sockstat: this kernel has no IP"])
    }
}
