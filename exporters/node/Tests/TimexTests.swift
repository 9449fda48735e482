import CLinux
import ExporterSDK
import Exposition
import Testing

@testable import NodeCollectors

struct TimexTests {
    private let collector = TimexCollector(Host(root: "/"), FlagValues())

    @Test func asksTheKernel() throws {
        let lines = samples(of: collector)
        // Where a sandbox forbids the call there is nothing to compare.
        if lines.count == 1, lines[0].hasPrefix("# absent: ") { return }
        #expect(lines.count == 17)
        #expect(lines.contains { $0.hasPrefix("node_timex_tick_seconds 0.0") })
    }

    @Test(arguments: [(STA_NANO, "1.5", "2.5e-08"), (0, "1500", "2.5e-05")])
    func theStatusTellsTheUnit(status: Int32, offset: String, jitter: String) {
        var clock = timex()
        clock.status = status
        clock.offset = 1_500_000_000
        clock.jitter = 25
        clock.freq = -65_536 * 10
        clock.maxerror = 250_000
        let lines = emitted(clock, isSynchronized: true)
        #expect(lines.contains("node_timex_offset_seconds \(offset)"))
        #expect(lines.contains("node_timex_pps_jitter_seconds \(jitter)"))
        #expect(lines.contains("node_timex_frequency_adjustment_ratio 0.99999"))
        #expect(lines.contains("node_timex_maxerror_seconds 0.25"))
        #expect(lines.contains("node_timex_sync_status 1"))
    }

    @Test func extremesAreNumbers() {
        var clock = timex()
        clock.offset = .min
        clock.freq = .max
        #expect(emitted(clock, isSynchronized: false).contains("node_timex_sync_status 0"))
    }

    private func emitted(_ clock: timex, isSynchronized: Bool) -> [String] {
        var writer = MetricWriter(format: .text)
        collector.emit(clock, isSynchronized: isSynchronized, into: &writer)
        var bytes: [UInt8] = []
        _ = MetricWriter.join([writer], into: &bytes)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
