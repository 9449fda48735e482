import ExporterSDK
import Exposition

@testable import PostgresCollectors

/// The samples of an answer, without headers; or why there are none.
func written(_ answer: Answer) -> String {
    var writer = MetricWriter(format: .text)
    do throws(CollectorError) {
        try answer.write(into: &writer)
    } catch {
        return "failed: \(error)"
    }
    var bytes: [UInt8] = []
    _ = MetricWriter.join([writer], into: &bytes)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
    return lines.map { "\($0)\n" }.joined()
}
