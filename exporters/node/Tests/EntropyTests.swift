import ExporterSDK
import Testing

@testable import NodeCollectors

struct EntropyTests {
    @Test(arguments: [
        ("256\n", "256\n", ["node_entropy_available_bits 256", "node_entropy_pool_size_bits 256"]),
        ("x\n", "4096\n", ["node_entropy_pool_size_bits 4096"]),
        ("", "many", ["# failed: sys/kernel/random: no number"]),
    ])
    func reads(available: String, size: String, expected: [String]) throws {
        let folder = "proc/sys/kernel/random"
        let files = ["\(folder)/entropy_avail": available, "\(folder)/poolsize": size]
        #expect(try samples(of: EntropyCollector.self, over: files) == expected)
    }

    @Test func mayBeAbsent() throws {
        #expect(try samples(of: EntropyCollector.self, over: [:]) == ["# absent: sys/kernel/random: not there"])
    }
}
