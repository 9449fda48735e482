import ExporterSDK
import ExporterTesting
import Exposition
import Testing

@testable import NodeCollectors

struct NetclassTests {
    private static func collector(_ host: Host) -> NetclassCollector { NetclassCollector(host, FlagValues()) }

    private static func collector(
        _ host: Host,
        _ change: (inout FlagValues) throws -> Void
    ) rethrows -> NetclassCollector {
        var flags = FlagValues()
        try change(&flags)
        return NetclassCollector(host, flags)
    }

    /// A host whose `/sys` is this folder.
    private static func host(_ folder: TemporaryFolder) -> Host {
        var flags = FlagValues()
        flags.set(Host.sysfs, to: folder.path)
        return Host(flags)
    }

    @Test(arguments: [
        ("0", 0), ("-1", -1), ("0x1003", 4099), ("0x0", 0), ("", nil), ("0x", nil), ("x", nil), ("1 2", nil),
        ("0xFFFFFFFFFFFFFFFF", nil), ("99999999999999999999", nil),
    ])
    func readsNumbers(text: String, value: Int64?) { #expect(NetworkInterface.number(Bytes(text)) == value) }

    /// An attribute that can't be read or understood costs its own sample only.
    @Test func readsWhatThereIs() {
        let folder = TemporaryFolder()
        folder.write("class/net/bonding_masters", "bond0\n")
        folder.write("class/net/x\"y/mtu", "1500\n")
        folder.write("class/net/x\"y/flags", "many\n")
        folder.write("class/net/x\"y/speed", "-1\n")
        folder.write("class/net/x\"y/operstate", [0xFF, 0xFE, 0x0A])
        folder.makeFolder("class/net/x\"y/carrier")
        let text = exposition(of: Self.collector(Self.host(folder)))
        #expect(text.contains("node_network_mtu_bytes{device=\"x\\\"y\"} 1500\n"))
        #expect(text.contains("node_network_speed_bytes{device=\"x\\\"y\"} -125000\n"))
        #expect(text.contains("operstate=\"\u{FFFD}\u{FFFD}\",adminstate=\"unknown\""))
        #expect(!text.contains("node_network_flags") && !text.contains("node_network_carrier{"))
        #expect(!text.contains("bonding_masters"))

        let strict = Self.collector(Self.host(folder)) { $0.set(NetclassCollector.ignoreInvalidSpeed, to: true) }
        #expect(!exposition(of: strict).contains("speed"))
    }

    @Test func isAbsentWithoutTheFolder() {
        #expect(exposition(of: Self.collector(Self.host(TemporaryFolder()))).hasPrefix("# absent: "))
    }

    @Test func ignoresDevices() throws {
        let collector = try Self.collector(GoldenTests.host) {
            $0.set(NetclassCollector.ignored, to: try Pattern("^(lo|docker.*)$"))
        }
        let text = exposition(of: collector)
        #expect(text.contains("eth1") && !text.contains("docker0") && !text.contains("\"lo\""))
    }

    // MARK: By netlink

    private static func links() throws -> [Link] {
        try NetlinkTests.payloads(NetlinkTests.newLink, in: "links.bin").compactMap { Link($0) }
    }

    /// What files tell of this kernel's interfaces, the kernel's answer tells too.
    @Test func netlinkGivesWhatFilesGive() throws {
        let live = Host(FlagValues())
        let byNetlink = exposition(of: Self.collector(live))
        let byFiles = exposition(of: Self.collector(live) { $0.set(NetclassCollector.netlink, to: false) })
        #expect(byNetlink.split(separator: "\n").sorted() == byFiles.split(separator: "\n").sorted())
    }

    @Test func readsFilesOnlyWhenSomethingHappened() throws {
        let folder = TemporaryFolder()
        let sys = FileTree(folder.path)
        func set(speed: Int) { folder.write("class/net/eth0/speed", "\(speed)\n") }
        var attributes = InterfaceAttributes()
        var link = try #require(Self.links().last)
        let start = ContinuousClock.now
        func speed(after seconds: Int) -> Int64? {
            attributes.interfaces([link], sys, now: start + .seconds(seconds)).first?.speed
        }
        set(speed: 100)
        #expect(speed(after: 0) == 100)
        set(speed: 1000)
        #expect(speed(after: 1) == 100)
        link.carrierChanges = 4
        #expect(speed(after: 2) == 1000)
        set(speed: 10)
        #expect(speed(after: 61) == 1000)
        #expect(speed(after: 62) == 10)
        set(speed: 20)
        link.address = Bytes([1, 2, 3])
        #expect(speed(after: 63) == 20)
        folder.write("class/net/eth0/speed", "")
        link.flags &= ~Link.Flag.up
        #expect(speed(after: 64) == nil)
    }

    /// An interface that is down has neither carrier nor dormant, as their files can't be read then.
    @Test func isSilentOfWhatIsUnknownWhenDown() throws {
        var link = try #require(Self.links().last)
        #expect(NetworkInterface(link).carrier == 1 && NetworkInterface(link).dormant == 0)
        link.flags &= ~Link.Flag.up
        #expect(NetworkInterface(link).carrier == nil && NetworkInterface(link).dormant == nil)
        #expect(NetworkInterface(link).names.adminState == "down")
    }

    @Test func alternativeNamesAndStatisticsOnRequest() throws {
        let live = Host(FlagValues())
        #expect(!exposition(of: Self.collector(live)).contains("receive_bytes"))
        let text = exposition(of: Self.collector(live) { $0.set(NetclassCollector.withStatistics, to: true) })
        #expect(text.contains("# HELP node_network_receive_bytes_total Network device property: receive_bytes_total\n"))
        #expect(text.contains("# TYPE node_network_receive_bytes_total counter\n"))
    }
}
