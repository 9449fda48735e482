import ExporterSDK
import Testing

@testable import NodeCollectors

struct FilefdTests {
    @Test(arguments: [
        ("1024\t0\t1631329\n", 1024.0, 1_631_329.0), ("1 0 9223372036854775807", 1, 9_223_372_036_854_775_808),
    ])
    func reads(text: String, allocated: Double, maximum: Double) throws {
        #expect(try FilefdCollector.parse(Bytes(text)) == (allocated, maximum))
    }

    @Test(arguments: ["", "1\n", "1 0\n", "x 0 1\n", "1 0 x\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try FilefdCollector.parse(Bytes(text)) }
    }
}
