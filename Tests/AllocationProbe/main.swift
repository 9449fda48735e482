// Counts how often writing 100 samples into a writer that has room for them asks for memory, for each way to write one:
// as many as a writer keeps its room for. Ends in 1 unless all counts are 0: a scrape costs what its bytes cost. Only an
// optimized build is like that.
//
// A program of its own, as it counts by standing in front of malloc.

import CAllocationCount
import Exposition
import Glibc

let samples = 100
let labels = Metric(.counter, "probe_labels_total", "Labels by their declaration.", labels: ["path", "code"])
let gauge = Metric(.gauge, "probe_gauge", "A number.", labels: ["n"])
let counter = Metric(.counter, "probe_total", "A counter.", labels: ["n"])
let histogram = Metric(.histogram, "probe_seconds", "A histogram.", labels: ["n"])
let summary = Metric(.summary, "probe_delay_seconds", "A summary.", labels: ["n"])

/// Made before anything is counted, longer than what a String can hold without memory of its own.
let texts = (0..<samples).map { LabelValue("a text that is longer than fifteen bytes, \($0)") }
let sets = texts.map { LabelSet([("path", $0), ("code", "200"), ("odd", "\"\\\n")]) }
/// Numbers of 15 and more digits, whole ones, and some that are none.
let numbers = (0..<samples).map { number in
    switch number % 4 {
    case 0: Double(number)
    case 1: 1 / Double(number + 2)
    case 2: Double(number) * 1e300
    default: number % 7 == 0 ? Double.infinity : Double(number) / 1000
    }
}
let exemplar = Exemplar([("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736")], value: 0.1, timestamp: 1_700_000_000.25)
let histogramSnapshot = HistogramSnapshot(
    bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 1.0 / 3 + 10],
    cumulativeCounts: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    count: 14,
    sum: 1 / 3.0,
    exemplars: [Exemplar?](repeating: nil, count: 4) + [exemplar.flatMap { Exemplar([], value: $0.value) }],
    native: NativeHistogramSnapshot(
        schema: 3,
        zeroThreshold: 1e-128,
        zeroCount: 4,
        positive: [.init(index: -5, count: 5), .init(index: 3, count: 4), .init(index: 4, count: 1)]
    ),
    created: 1_700_000_000.125
)
let summarySnapshot = SummarySnapshot(
    count: 10,
    sum: 1 / 3.0,
    quantiles: [.init(0.5, 1 / 7.0), .init(0.99, 2)],
    created: 1_700_000_000.125
)

var isGood = true

/// Writes all samples twice and counts the second time.
func probe(_ what: String, _ form: ExpositionForm, _ write: (inout MetricWriter, Int) -> Void) -> UInt? {
    var writer = MetricWriter(form: form, writesCreatedSeries: true)
    var count: UInt = 0
    for _ in 0..<2 {
        writer.removeAll()
        let before = allocation_count()
        for number in 0..<samples { write(&writer, number) }
        count = allocation_count() - before
    }
    let isWhole = writer.sampleCount == samples && writer.defects == MetricWriter.Defects()
    print("\(form.format), \(what): \(isWhole ? "\(count)" : "not written")")
    return isWhole ? count : nil
}

for format in ExpositionFormat.allCases {
    let form = ExpositionForm(format, escaping: .allowUTF8)
    let counts = [
        probe("labels of a declaration", form) { $0.emit(labels, 1, [texts[$1], "GET"]) },
        probe("rendered labels", form) { $0.emit(gauge, 1, sets[$1]) },
        probe("numbers", form) { $0.emit(gauge, numbers[$1], sets[$1]) },
        probe("a series known to be new", form) { $0.emit(gauge.family, sets[$1], numbers[$1], isNew: true) },
        probe("a counter with an exemplar and its beginning", form) {
            $0.emit(counter.family, sets[$1], 1, exemplar: exemplar, created: 1_700_000_000.125)
        },
        probe("a histogram", form) { $0.emit(histogram, histogramSnapshot, sets[$1]) },
        probe("a summary", form) { $0.emit(summary, summarySnapshot, sets[$1]) },
    ]
    // That counting works is shown by a text that is made for each sample.
    let control = probe("control", form) { $0.emit(gauge, 1, [LabelValue("made for each sample: \($1)")]) }
    isGood = isGood && counts.allSatisfy { $0 == 0 } && (control ?? 0) >= UInt(samples)
}
exit(isGood ? 0 : 1)
