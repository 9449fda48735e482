import ExporterSDK
import Testing

@testable import NodeCollectors

struct MeminfoTests {
    @Test(arguments: [
        ("MemTotal:   2 kB\n", ["node_memory_MemTotal_bytes 2048"]),
        ("HugePages_Free: 7\n", ["node_memory_HugePages_Free 7"]),
        ("Active(anon): 1 kB", ["node_memory_Active_anon_bytes 1024"]),
        ("Tomorrow: 1 kB\nA-B: 2\n", ["node_memory_A_B 2", "node_memory_Tomorrow_bytes 1024"]),
        ("Big: 18446744073709551616 kB\n", ["node_memory_Big_bytes 1.888946593147858e+22"]),
        ("A: 1 MB\nB: x kB\nC:\n: 1 kB\nD 1 kB\nE: 0 kB\n", ["node_memory_E_bytes 0"]),
    ])
    func reads(text: String, expected: [String]) throws {
        #expect(try samples(of: MeminfoCollector.self, over: ["proc/meminfo": text]) == expected)
    }

    @Test(arguments: ["", "\n", "MemTotal 5 kB\n", "MemTotal: kB\n", "\u{0}\u{0}"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try MeminfoCollector.parse(Bytes(text)) }
    }
}
