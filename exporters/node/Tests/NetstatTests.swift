import ExporterSDK
import ExporterTesting
import Testing

@testable import NodeCollectors

struct NetstatTests {
    @Test(arguments: [
        ("Tcp: A B\nTcp: 1 2\n", 1), ("Tcp: A\nTcp: 1\nUdp: B\nUdp: 2", 2), ("Tcp: A\nUdp: 1\nIp: C\nIp: 3\n", 1),
        ("Tcp: A B C\nTcp: 1\n", 1),
    ])
    func readsTables(text: String, count: Int) throws {
        #expect(try NetstatCollector.parseTables(Bytes(text)).count == count)
    }

    @Test(arguments: ["", "\n\n", "Tcp: A\n", "Tcp A\nTcp 1\n", ": A\n: 1\n"])
    func refusesTables(text: String) {
        #expect(throws: CollectorError.self) { try NetstatCollector.parseTables(Bytes(text)) }
    }

    @Test(arguments: [("Ip6InReceives", "Ip6_InReceives"), ("UdpLite6InErrors", "UdpLite6_InErrors"), ("6", "6_")])
    func dividesNames(name: String, key: String) throws {
        #expect(NetstatCollector.key(Bytes(name))?.text == key)
    }

    @Test func namesWithoutASixAreNotOfVersionSix() { #expect(NetstatCollector.key(Bytes("InReceives")) == nil) }

    @Test func columnsMayChangeBetweenScrapes() throws {
        let folder = TemporaryFolder()
        folder.write("proc/net/snmp", "Udp: InErrors NoPorts\nUdp: 1 2\n")
        let collector = NetstatCollector(Host(root: folder.path), FlagValues())
        #expect(samples(of: collector) == ["node_netstat_Udp_InErrors 1", "node_netstat_Udp_NoPorts 2"])
        #expect(samples(of: collector) == ["node_netstat_Udp_InErrors 1", "node_netstat_Udp_NoPorts 2"])
        folder.write("proc/net/snmp", "Udp: NoPorts New InErrors\nUdp: 3 9 x\n")
        folder.write("proc/net/netstat", "IpExt: InOctets\nIpExt: 5\n")
        #expect(samples(of: collector) == ["node_netstat_IpExt_InOctets 5", "node_netstat_Udp_NoPorts 3"])
    }

    @Test func otherFieldsWhereAsked() throws {
        var flags = FlagValues()
        flags.set(NetstatCollector.fields, to: try Pattern("^Tcp_MaxConn$|^Icmp6_In"))
        let files = [
            "proc/net/snmp": "Tcp: RtoMin MaxConn\nTcp: 200 -1\n", "proc/net/snmp6": "Icmp6InMsgs 4\nIp6InOctets 8\n",
        ]
        let expected = ["node_netstat_Icmp6_InMsgs 4", "node_netstat_Tcp_MaxConn -1"]
        #expect(try samples(of: NetstatCollector.self, over: files, flags) == expected)
    }

    @Test func absentWithoutIP() throws {
        let lines = try samples(of: NetstatCollector.self, over: [:])
        #expect(lines == ["# absent: net/snmp: this kernel has no IP"])
    }
}
