import ExporterSDK
import Testing

@testable import NodeCollectors

struct SoftirqsTests {
    @Test func namesCpusByTheHeading() throws {
        let text = "   CPU1   CPU4\n   HI:  1  2\nTIMER: 3\nNET_TX: x 1\n"
        #expect(
            try samples(of: SoftirqsCollector.self, over: ["proc/softirqs": text]) == [
                "node_softirqs_functions_total{cpu=\"1\",type=\"HI\"} 1",
                "node_softirqs_functions_total{cpu=\"4\",type=\"HI\"} 2",
            ]
        )
    }

    @Test(arguments: ["", "\n", "HI: 1 2\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try SoftirqsCollector.parse(Bytes(text)) }
    }
}
