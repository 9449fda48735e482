import ExporterSDK
import ExporterTesting
import Exposition
import Testing

@testable import NodeCollectors

/// Whatever the kernel says of networks and mounts, or somebody writes into a text file, nothing traps.
struct NetworkFuzzTests {
    private static func seeds(_ files: String...) -> [[UInt8]] {
        let tree = FileTree(fixtures())
        return files.compactMap { try? Array(tree.read($0, keep: false)) }
    }

    @Test func netlink() {
        let seeds = Self.seeds("netlink/links.bin", "netlink/neighbours.bin", "netlink/addresses.bin")
        fuzz("netlink", seeds: seeds) { bytes in
            for message in NetlinkMessages(bytes[...]) {
                if let link = Link(message.payload) { _ = NetworkInterface(link).names.labels }
                _ = Neighbour(message.payload)?.stateName
                if let address = NetworkAddress(message.payload) { _ = address.text + address.scope }
            }
        }
    }

    @Test func netdev() throws {
        let rows = try NetdevCollector(GoldenTests.host, FlagValues()).fileRows
        fuzz("netdev", seeds: Self.seeds("proc/net/dev")) { bytes in
            for device in (try? NetdevCollector.parse(bytes[...])) ?? [] {
                for row in rows { _ = device.statistics.sum(row.fields) }
            }
        }
    }

    @Test func arp() { fuzz("arp", seeds: Self.seeds("proc/net/arp")) { _ = try? ArpCollector.parse($0[...]) } }

    @Test func netclass() {
        fuzz("netclass", seeds: [Array("0x1003".utf8), Array("-1".utf8)]) { _ = NetworkInterface.number($0[...]) }
    }

    @Test func textfile() throws {
        let text = """
            # HELP a_total What \\\\ it\\n means.
            # TYPE a_total counter
            a_total{x="1",y="\\"2\\""} 1
            # TYPE h histogram
            h_bucket{le="+Inf"} 2
            h_sum 3e-5
            h_count 2
            b NaN

            """
        try fuzz("textfile", seeds: [Array(text.utf8)], tokens: ["# TYPE", "# HELP", "_sum", "le=", "\n"]) { bytes in
            guard let families = try? TextfileReader.parse(bytes) else { return }
            var file = TextfileContent(path: [1], reading: 1)
            file.families = families
            var writer = MetricWriter(format: .text)
            // Beside itself, so that all of it contradicts or repeats something.
            for family in MergedTextfiles([file, file]).families { family.write(into: &writer) }
            var exposition: [UInt8] = []
            _ = MetricWriter.join([writer], into: &exposition)
            // Whatever was in the file, a scraper can read what we make of it.
            _ = try TextParser.parse(exposition)
        }
    }

    @Test func filesystem() {
        fuzz("filesystem", seeds: Self.seeds("proc/1/mountinfo")) { _ = try? Mount.parse($0[...], root: "/srv") }
    }
}
