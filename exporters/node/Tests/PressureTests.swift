import ExporterSDK
import Testing

@testable import NodeCollectors

struct PressureTests {
    @Test(
        arguments: [
            ("some avg10=0.00 total=12\nfull avg10=0.00 total=3\n", 12.0, 3.0), ("full total=8494", nil, 8494),
            ("some avg10=0.00\nfull total=x\n", nil, nil), ("", nil, nil), ("most total=1\n", nil, nil),
        ] as [(String, Double?, Double?)]
    )
    func reads(text: String, some: Double?, full: Double?) {
        #expect(PressureCollector.parse(Bytes(text)) == PressureCollector.Totals(some: some, full: full))
    }

    @Test func dividesOnce() throws {
        let files = ["proc/pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781\n"]
        let lines = try samples(of: PressureCollector.self, over: files)
        #expect(lines == ["node_pressure_cpu_waiting_seconds_total 14.036781"])
    }

    @Test(arguments: [[:], ["proc/pressure/cpu": "x\n"]])
    func hasNothing(files: [String: String]) throws {
        let line = try #require(try samples(of: PressureCollector.self, over: files).first)
        #expect(line.hasPrefix(files.isEmpty ? "# absent: " : "# failed: "))
    }
}
