import ExporterTesting
import Testing

@testable import Exposition

/// One of everything, as each form writes it: what a person can look at, and what must not change unseen.
struct GoldenTests {
    /// The metrics of a program that has one of each kind.
    static func writeAll(_ writer: inout MetricWriter) throws {
        let trace = try #require(
            Exemplar([("trace_id", "4bf92f3577b34da6")], value: 0.043, timestamp: 1_700_000_000.25)
        )
        let bare = try #require(Exemplar([], value: 7))
        let method = LabelSet([("method", "GET")])
        writer.emit(
            family(.counter, "app_requests_total", help: "Requests, by \"method\"."),
            method,
            1027,
            exemplar: trace,
            created: 1_699_999_999.125
        )
        writer.emit(family(.counter, "app_received_bytes_total", help: "A counter of a unit."), .none, 12_345_678)
        writer.emit(Metric(.gauge, "app_temperature_celsius", "A gauge.", labels: ["room"]), -3.5, ["a\\b\nc\"d"])
        writer.emit(Metric(.info, "app_build_info", "What was built.", labels: ["version"]), 1, ["1.2.3"])
        let states = Metric(.stateSet, "app_state", "What it does.", labels: ["app_state"])
        writer.emit(states, 1, ["running"])
        writer.emit(states, 0, ["stopped"])
        writer.emit(Metric(.untyped, "app_something", "Nobody knows."), .nan)
        writer.emit(
            family(.histogram, "app_request_duration_seconds", help: "A histogram."),
            method,
            HistogramSnapshot(
                bounds: [0.005, 0.1, 1, 2_500_000],
                cumulativeCounts: [3, 40, 41, 42],
                count: 43,
                sum: 53_423.5,
                exemplars: [nil, trace, nil, nil, nil],
                native: NativeHistogramSnapshot(
                    schema: 0,
                    zeroThreshold: 0x1p-128,
                    zeroCount: 3,
                    positive: [.init(index: -4, count: 37), .init(index: -3, count: 1), .init(index: 5, count: 2)],
                    exemplars: [trace, bare]
                ),
                created: 1_699_999_999.125
            )
        )
        writer.emit(
            family(.summary, "app_delay_seconds", help: "A summary."),
            .none,
            SummarySnapshot(
                count: 5,
                sum: 12.5,
                quantiles: [.init(0.5, 2), .init(0.99, 1e-5), .init(1, .nan)],
                created: 1_699_999_999.125
            )
        )
        writer.emit(
            family(.gauge, "app.names.of_any.utf-8 ☃", help: "A name in quotes, or escaped."),
            LabelSet([("la.bel", "x"), ("größe", "y"), ("plain", "z")]),
            1
        )
    }

    private static let texts: [(file: String, form: ExpositionForm, created: Bool)] = [
        ("all.text", ExpositionForm(.text), false),
        ("all.dots.text", ExpositionForm(.text, escaping: .dots), false),
        ("all.utf8.text", ExpositionForm(.utf8Text, escaping: .allowUTF8), false),
        ("all.values.utf8.text", ExpositionForm(.utf8Text, escaping: .values), false),
        ("all.openmetrics", ExpositionForm(.openMetrics), false),
        ("all.created.openmetrics", ExpositionForm(.openMetrics, escaping: .allowUTF8), true),
    ]

    @Test(arguments: texts.indices)
    func text(index: Int) throws {
        let (file, form, created) = Self.texts[index]
        var writer = MetricWriter(form: form, writesCreatedSeries: created)
        try Self.writeAll(&writer)
        let comparison = golden(ExpositionTests.text([writer]), file)
        #expect(comparison.actual == comparison.expected)
        #expect(writer.defects == MetricWriter.Defects())
        // A recording is never taken for right.
        #expect(!comparison.wasRecorded)
    }

    /// With its native histogram: 3 + 37 + 1 + 2 are 43, so it adds up.
    @Test func protobuf() throws {
        var writer = MetricWriter(form: ExpositionForm(.protobuf, escaping: .allowUTF8))
        try Self.writeAll(&writer)
        var bytes: [UInt8] = []
        _ = MetricWriter.join([writer], into: &bytes)
        let comparison = golden(hexadecimal(bytes), "all.protobuf.hex")
        #expect(comparison.actual == comparison.expected)
        #expect(!comparison.wasRecorded)
        #expect(try ProtobufParser.parse(bytes).families.flatMap(\.natives).count == 1)
    }

    /// All forms say the same, series by series: bounds of buckets and quantiles are labels, and spelled alike.
    @Test func allSayTheSame() throws {
        func samples(_ form: ExpositionForm) throws -> [ParsedSample] {
            try readBack(form) { writer in
                // Only an issue of this test itself could throw.
                try? Self.writeAll(&writer)
            }.families.flatMap(\.samples).map { sample in
                var sample = ParsedSample(name: sample.name, labels: sample.labels, value: sample.value)
                if sample.value.isNaN { sample.value = -1 }
                return sample
            }.sorted { a, b in
                (a.name, a.labels.map(\.value).joined()) < (b.name, b.labels.map(\.value).joined())
            }
        }
        for escaping in EscapingScheme.allCases where escaping != .allowUTF8 {
            let text = try samples(ExpositionForm(.text, escaping: escaping))
            #expect(text.count == 20)
            for form in forms where form.escaping == escaping { #expect(try samples(form) == text, "\(form)") }
        }
        let utf8 = try samples(ExpositionForm(.utf8Text, escaping: .allowUTF8))
        for format in [ExpositionFormat.openMetrics, .protobuf] {
            #expect(try samples(ExpositionForm(format, escaping: .allowUTF8)) == utf8, "\(format)")
        }
    }
}

/// 32 bytes a line.
func hexadecimal(_ bytes: [UInt8]) -> String {
    var text = ""
    for (index, byte) in bytes.enumerated() {
        text += (byte < 16 ? "0" : "") + String(byte, radix: 16) + (index % 32 == 31 ? "\n" : " ")
    }
    return text + "\n"
}
