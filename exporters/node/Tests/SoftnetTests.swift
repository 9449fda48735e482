import ExporterSDK
import Exposition
import Testing

@testable import NodeCollectors

struct SoftnetTests {
    @Test(arguments: [
        // Linux 2.6, 3.11, 5.10: the last tells the CPU.
        ("0000000a 1 2 0 0 0 0 0 3\n", "0", [10, 1, 2, 3, 0, 0, 0]),
        ("a 1 2 0 0 0 0 0 3 4 5\n", "0", [10, 1, 2, 3, 4, 5, 0]),
        ("a 1 2 0 0 0 0 0 3 4 5 6 00000011 0 0\n", "17", [10, 1, 2, 3, 4, 5, 6]),
        ("short\n\n1 2\nffffffff 0 0 0 0 0 0 0 0\n", "3", [4_294_967_295, 0, 0, 0, 0, 0, 0]),
    ])
    func reads(text: String, cpu: String, columns: [Double]) throws {
        let line = try #require(try SoftnetCollector.parse(Bytes(text)).first)
        #expect(line.cpu == .text(cpu))
        #expect([0, 1, 2, 8, 9, 10, 11].map { line[$0] } == columns)
    }

    @Test(arguments: ["", "\n", "1 2 3\n", "x x x x x x x x x\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try SoftnetCollector.parse(Bytes(text)) }
    }
}
