import ExporterSDK
import ExporterTesting
import Exposition
import Testing

@testable import NodeCollectors

struct NetdevTests {
    private static let heading = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed

        """

    private static func collector(isDetailed: Bool = false) throws -> NetdevCollector {
        var flags = FlagValues()
        flags.set(NetdevCollector.detailed, to: isDetailed)
        return try NetdevCollector(GoldenTests.host, flags)
    }

    private static func shortName(_ row: NetdevCollector.Row) -> String {
        String(row.family.name.dropFirst("node_network_".count).dropLast("_total".count))
    }

    @Test func readsTheFile() throws {
        let line = "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
        let devices = try NetdevCollector.parse(Bytes(Self.heading + line))
        try #require(devices.count == 1)
        let rows = try Self.collector().fileRows
        let values = rows.map { devices[0].statistics.sum($0.fields) }
        #expect(devices[0].name == "eth0")
        #expect(values == [1, 2, 3, 4, 5, 6, 7, 8, nil, 9, 10, 11, 12, 13, 14, 15, 16])
    }

    @Test(arguments: [
        ("a:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", ["a"]),
        ("a:b: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", ["a:b"]),
        ("a: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", ["a"]),
        ("a: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\nb: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", ["b"]),
        ("a: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 -1\nb: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", ["b"]),
        ("a: 18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", ["a"]),
        ("\n\u{FFFD}: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", ["\u{FFFD}"]),
    ])
    func skipsLinesThatAreNone(lines: String, names: [String]) throws {
        #expect(try NetdevCollector.parse(Bytes(Self.heading + lines)).map(\.name.text) == names)
    }

    @Test(arguments: ["", "\n", heading, heading + "eth0\n", heading + "eth0: 1 2 3\n", "\u{0}\u{0}\u{0}"])
    func failsWhereNothingIsUnderstood(text: String) {
        #expect(throws: CollectorError.self) { try NetdevCollector.parse(Bytes(text)) }
    }

    /// What `/proc/net/dev` has always added up, the answer by netlink is added up to as well.
    @Test func foldsAsTheFileDoes() throws {
        var bytes: [UInt8] = []
        for exponent in 0..<24 { bytes.append(number: UInt64(1) << exponent) }
        let statistics = LinkStatistics(bytes[...], wordBytes: 8)
        let values = try Self.collector().rows.map { (Self.shortName($0), statistics.sum($0.fields)) }
        let expected: [String: UInt64] = [
            "receive_bytes": 1 << 2, "receive_packets": 1 << 0, "receive_errs": 1 << 4,
            "receive_drop": 1 << 6 + 1 << 15, "receive_fifo": 1 << 14,
            "receive_frame": 1 << 13 + 1 << 10 + 1 << 11 + 1 << 12, "receive_compressed": 1 << 21,
            "receive_multicast": 1 << 8, "receive_nohandler": 1 << 23, "transmit_bytes": 1 << 3,
            "transmit_packets": 1 << 1, "transmit_errs": 1 << 5, "transmit_drop": 1 << 7, "transmit_fifo": 1 << 18,
            "transmit_colls": 1 << 9, "transmit_carrier": 1 << 17 + 1 << 16 + 1 << 19 + 1 << 20,
            "transmit_compressed": 1 << 22,
        ]
        #expect(Dictionary(uniqueKeysWithValues: values) == expected.mapValues(Optional.some))
    }

    @Test func detailedNamesAreTheKernels() throws {
        let collector = try Self.collector(isDetailed: true)
        let names = collector.rows.map(Self.shortName)
        #expect(names.count == 24 && names.contains("receive_missed_errors") && names.contains("multicast"))
        let file = collector.fileRows.map(Self.shortName)
        #expect(file.contains("receive_errors") && file.contains("receive_frame") && !file.contains("receive_errs"))
    }

    @Test func sumsDoNotTrap() {
        var statistics = LinkStatistics()
        statistics[.receiveDropped] = .max
        statistics[.receiveMissedErrors] = 2
        #expect(statistics.sum([.receiveDropped, .receiveMissedErrors]) == 1)
        #expect(statistics.sum([.receiveBytes, .receiveDropped]) == nil)
    }

    @Test func choosesDevices() throws {
        var flags = FlagValues()
        flags.set(NetdevCollector.include, to: try Pattern("^eth"))
        let text = exposition(of: try NetdevCollector(GoldenTests.host, flags))
        #expect(text.contains("{device=\"eth0\"}") && !text.contains("docker0"))
        flags.set(NetdevCollector.exclude, to: try Pattern("^lo$"))
        #expect(throws: UsageError.self) { try NetdevCollector(GoldenTests.host, flags) }
    }

    @Test func labelsTheAlias() throws {
        var flags = FlagValues()
        flags.set(NetdevCollector.labelAlias, to: true)
        let text = exposition(of: try NetdevCollector(GoldenTests.host, flags))
        #expect(
            text.contains(
                "node_network_receive_bytes_total{device=\"eth0\",ifalias=\"uplink, rack 7\"} 9.82347561233e+11"
            )
        )
        #expect(text.contains("{device=\"lo\",ifalias=\"\"}"))
    }

    @Test func asksTheKernel() throws {
        var flags = FlagValues()
        flags.set(NetdevCollector.addressInfo, to: true)
        let text = exposition(of: try NetdevCollector(Host(FlagValues()), flags))
        #expect(text.contains("node_network_receive_nohandler_total{device=\"lo\"}"))
        #expect(!text.contains("# failed"))
    }
}
