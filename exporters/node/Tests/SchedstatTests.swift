import ExporterSDK
import Exposition
import Testing

@testable import NodeCollectors

struct SchedstatTests {
    private typealias Line = SchedstatCollector.Line

    @Test func reads() throws {
        let text =
            "version 17\ntimestamp 5\ncpu0 0 0 0 0 0 0 7 8 9\ndomain0 MC 3 1\ncpu12 1 1 1 1 1 1 1 2 3 4\ncpu1 1\n"
        #expect(
            try SchedstatCollector.parse(Bytes(text)) == [
                Line(cpu: "0", running: 7, waiting: 8, timeslices: 9),
                Line(cpu: "12", running: 1, waiting: 2, timeslices: 3),
            ]
        )
    }

    @Test(arguments: ["", "version 15\ntimestamp 1\n", "cpu0 1 2 3 4 5 6 7 8\n", "cpu0 0 0 0 0 0 0 x 8 9\n", "cpu\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try SchedstatCollector.parse(Bytes(text)) }
    }
}
