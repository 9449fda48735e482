import ExporterSDK
import Testing

@testable import NodeCollectors

struct ConntrackTests {
    @Test(arguments: [
        ("entries found drop\n1 0000000a 2\n1 b 3\n", ["entries": 2.0, "found": 21, "drop": 5]),
        ("found new\n5\nx 1\n", ["found": 5, "new": 1]),
        ("found\nffffffffffffffff ff\n", ["found": 18_446_744_073_709_551_616]),
    ])
    func reads(text: String, sums: [String: Double]) throws {
        #expect(try ConntrackCollector.parse(Bytes(text)) == sums)
    }

    @Test(arguments: ["", "\n\n", "entries found\n", "entries\nx\n", "\n1 2 3\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try ConntrackCollector.parse(Bytes(text)) }
    }

    @Test func partsMayBeMissing() throws {
        let files = ["proc/sys/net/netfilter/nf_conntrack_count": "5\n"]
        #expect(try samples(of: ConntrackCollector.self, over: files) == ["node_nf_conntrack_entries 5"])
        let none = try samples(of: ConntrackCollector.self, over: [:])
        #expect(none == ["# absent: sys/net/netfilter: connections are not tracked here"])
    }
}
