import ExporterSDK
import Glibc
import Testing

@testable import NodeCollectors

struct TimeTests {
    @Test func tellsTheTime() throws {
        let before = Double(time(nil))
        let lines = try samples(of: TimeCollector.self, over: [:])
        let line = try #require(lines.first { $0.hasPrefix("node_time_seconds ") })
        let seconds = try #require(Double(line.dropFirst("node_time_seconds ".count)))
        #expect(seconds >= before && seconds < before + 60)
        #expect(lines.contains { $0.hasPrefix("node_time_zone_offset_seconds{time_zone=\"") })
        #expect(lines.count == 2)
    }

    @Test func listsClockSources() throws {
        let folder = "sys/devices/system/clocksource"
        let files = [
            "\(folder)/clocksource0/available_clocksource": "tsc  hpet \n",
            "\(folder)/clocksource0/current_clocksource": "tsc\n",
            "\(folder)/clocksource7/current_clocksource": "kvm\"clock\n", "\(folder)/power/x": "",
        ]
        let lines = try samples(of: TimeCollector.self, over: files).filter { $0.contains("clocksource") }
        #expect(
            lines == [
                "node_time_clocksource_available_info{device=\"0\",clocksource=\"tsc\"} 1",
                "node_time_clocksource_available_info{device=\"0\",clocksource=\"hpet\"} 1",
                "node_time_clocksource_current_info{device=\"0\",clocksource=\"tsc\"} 1",
                "node_time_clocksource_current_info{device=\"7\",clocksource=\"kvm\\\"clock\"} 1",
            ]
        )
    }
}
