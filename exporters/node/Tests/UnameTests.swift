import ExporterSDK
import ExporterTesting
import Exposition
import Testing

@testable import NodeCollectors

struct UnameTests {
    @Test func asksTheKernel() throws {
        let line = try #require(samples(of: UnameCollector(Host(root: "/"), FlagValues())).first)
        let release = try #require(readFile("/proc/sys/kernel/osrelease")).split(separator: "\n")[0]
        let host = try #require(readFile("/proc/sys/kernel/hostname")).split(separator: "\n")[0]
        #expect(line.hasPrefix("node_uname_info{sysname=\"Linux\",release=\"\(release)\",version=\"#"))
        #expect(line.contains(",nodename=\"\(host)\",domainname=\""))
        #expect(line.hasSuffix("\"} 1"))
    }

    @Test func namesEndWithAZeroOrTheField() {
        let short: (CChar, CChar, CChar, CChar) = (76, 105, 0, 120)
        let full: (CChar, CChar, CChar) = (97, 98, 99)
        #expect(UnameCollector.label(short) == .bytes(Bytes("Li")))
        #expect(UnameCollector.label(full) == .bytes(Bytes("abc")))
    }
}
