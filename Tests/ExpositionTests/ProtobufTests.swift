import Testing

@testable import Exposition

/// Protobuf, byte by byte as <https://protobuf.dev/programming-guides/encoding/> says, and put together by hand here.
struct ProtobufTests {
    /// A message's bytes: each string is hexadecimal digits, with blanks where they help the reader.
    private func bytes(_ hex: String...) -> [UInt8] {
        let digits = hex.joined().filter { $0 != " " }
        var bytes: [UInt8] = []
        var index = digits.startIndex
        while index < digits.endIndex {
            let end = digits.index(index, offsetBy: 2)
            bytes.append(UInt8(digits[index..<end], radix: 16) ?? 0)
            index = end
        }
        return bytes
    }

    private func written(_ body: (inout MetricWriter) -> Void) -> [UInt8] {
        var writer = MetricWriter(format: .protobuf)
        body(&writer)
        var bytes: [UInt8] = []
        _ = MetricWriter.join([writer], into: &bytes)
        return bytes
    }

    // MARK: Golden bytes

    @Test func aGauge() {
        let metric = Metric(.gauge, "g", "H", labels: ["l"])
        #expect(
            written { $0.emit(metric, 1, ["v"]) }
                == bytes(
                    "1d",  // 29 bytes follow
                    "0a 01 67",  // name: g
                    "12 01 48",  // help: H
                    "18 01",  // type: GAUGE
                    "22 13",  // a metric of 19 bytes
                    "0a 06 0a 01 6c 12 01 76",  // a label pair: l, v
                    "12 09 09 00 00 00 00 00 00 f0 3f"  // a gauge: the value 1
                )
        )
    }

    @Test func aCounterWithAnExemplarItsBeginningAndAUnit() throws {
        let exemplar = try #require(Exemplar([("t", "x")], value: 2, timestamp: 1.5))
        #expect(
            written {
                $0.emit(family(.counter, "c_seconds_total", help: ""), .none, -2, exemplar: exemplar, created: 3)
            }
                == bytes(
                    "4e",
                    "0a 0f 63 5f 73 65 63 6f 6e 64 73 5f 74 6f 74 61 6c",  // c_seconds_total
                    "12 00 18 00",  // no help; COUNTER
                    "22 2e",  // a metric of 46 bytes
                    "1a 2c",  // its counter of 44
                    "09 00 00 00 00 00 00 00 c0",  // -2: protobuf lets it be
                    "12 1b",  // an exemplar of 27 bytes
                    "0a 06 0a 01 74 12 01 78",  // its label
                    "11 00 00 00 00 00 00 00 40",  // its value 2
                    "1a 08 08 01 10 80 ca b5 ee 01",  // at 1 s and 500,000,000 ns
                    "1a 04 08 03 10 00",  // began at 3 s
                    "2a 07 73 65 63 6f 6e 64 73"  // the unit
                )
        )
    }

    @Test func somethingUntyped() {
        #expect(
            written { $0.emit(family(.untyped, "u", help: "H"), .none, .nan) }
                == bytes("15", "0a 01 75 12 01 48 18 03", "22 0b", "2a 09 09 00 00 00 00 00 00 f8 7f")
        )
    }

    @Test func aClassicHistogram() {
        let histogram = HistogramSnapshot(bounds: [0.5], cumulativeCounts: [1], count: 2, sum: 0.75)
        #expect(
            written { $0.emit(family(.histogram, "h", help: ""), .none, histogram) }
                == bytes(
                    "23 0a 01 68 12 00 18 04",
                    "22 1a 3a 18",  // a metric, its histogram
                    "08 02",  // count
                    "11 00 00 00 00 00 00 e8 3f",  // sum
                    "1a 0b 08 01 11 00 00 00 00 00 00 e0 3f"  // 1 is at most 0.5
                )
        )
    }

    @Test func aSummary() {
        let summary = SummarySnapshot(count: 2, sum: 0.75, quantiles: [.init(0.5, 1)])
        #expect(
            written { $0.emit(family(.summary, "s", help: ""), .none, summary) }
                == bytes(
                    "2a 0a 01 73 12 00 18 02",
                    "22 21 22 1f",
                    "08 02",
                    "11 00 00 00 00 00 00 e8 3f",
                    "1a 12 09 00 00 00 00 00 00 e0 3f 11 00 00 00 00 00 00 f0 3f"
                )
        )
    }

    @Test func aNativeHistogramWithGapsAndNegativeBuckets() {
        let native = NativeHistogramSnapshot(
            schema: 3,
            zeroThreshold: 0x1p-128,
            zeroCount: 2,
            positive: [.init(index: 0, count: 1), .init(index: 1, count: 3), .init(index: 4, count: 2)],
            negative: [.init(index: -2, count: 1)]
        )
        let histogram = HistogramSnapshot(count: 9, sum: 1.5, native: native)
        #expect(
            written { $0.emit(family(.histogram, "n", help: ""), .none, histogram) }
                == bytes(
                    "3d 0a 01 6e 12 00 18 04",
                    "22 34 3a 32",
                    "08 09",
                    "11 00 00 00 00 00 00 f8 3f",
                    "28 06",  // schema 3, zig-zag
                    "31 00 00 00 00 00 00 f0 37",  // zero threshold
                    "38 02",  // zero count
                    "4a 04 08 03 10 01",  // negative: a span of 1 from -2
                    "52 01 02",  // its count, as the difference to nothing
                    "62 04 08 00 10 02",  // positive: a span of 2 from 0
                    "62 04 08 04 10 01",  // after a gap of 2, a span of 1
                    "6a 03 02 04 01"  // 1, 2 more, 1 fewer
                )
        )
    }

    /// Without anything else to tell it from a classic one, it has a span of nothing.
    @Test func anEmptyNativeHistogram() {
        let histogram = HistogramSnapshot(native: NativeHistogramSnapshot(schema: 0, zeroThreshold: 0))
        #expect(
            written { $0.emit(family(.histogram, "n", help: ""), .none, histogram) }
                == bytes(
                    "29 0a 01 6e 12 00 18 04",
                    "22 20 3a 1e",
                    "08 00",
                    "11 00 00 00 00 00 00 00 00",
                    "28 00",
                    "31 00 00 00 00 00 00 00 00",
                    "38 00",
                    "62 04 08 00 10 00"
                )
        )
    }

    // MARK: Native histograms come back

    /// 160 buckets in runs of every length, and lengths of messages that need two bytes.
    private static var large: NativeHistogramSnapshot {
        var positive: [NativeHistogramSnapshot.Bucket] = []
        var index: Int32 = -1000
        for number in 0..<160 {
            positive.append(.init(index: index, count: UInt64(number * number % 97)))
            index += number % 7 == 0 ? 5 : 1
        }
        return NativeHistogramSnapshot(schema: 8, zeroThreshold: 1e-9, zeroCount: 1, positive: positive)
    }

    private static var natives: [NativeHistogramSnapshot] {
        [
            NativeHistogramSnapshot(schema: 0, zeroThreshold: 0),
            NativeHistogramSnapshot(schema: -4, zeroThreshold: 0, positive: [.init(index: 0, count: 1)]),
            NativeHistogramSnapshot(schema: 8, zeroThreshold: 0, negative: [.init(index: -262_144, count: 1)]),
            NativeHistogramSnapshot(
                schema: 5,
                zeroThreshold: 1e-300,
                zeroCount: 7,
                positive: [.init(index: -3, count: 0), .init(index: -2, count: 1 << 60), .init(index: 900, count: 1)],
                negative: [.init(index: -1, count: 5), .init(index: 0, count: 1), .init(index: 1, count: 1 << 50)]
            ),
            large,
        ]
    }

    @Test(arguments: natives.indices)
    func nativeHistogramsComeBack(index: Int) throws {
        var native = Self.natives[index]
        native.exemplars = [
            Exemplar(labels: LabelSet([.init("t.x", "1")]), value: 0.5, timestamp: 1_700_000_000.25),
            Exemplar(labels: .none, value: 2, timestamp: nil),
        ]
        let count = native.zeroCount + (native.positive + native.negative).reduce(0) { $0 + $1.count }
        let histogram = HistogramSnapshot(
            bounds: [1],
            cumulativeCounts: [0],
            count: count,
            sum: 1,
            native: native,
            created: 1_700_000_000.5
        )
        let labels = [ParsedSample.Label("l", "x")]
        let form = ExpositionForm(.protobuf, escaping: .allowUTF8)
        let exposition = try readBack(form) { $0.emit(family(.histogram, "n"), LabelSet(labels), histogram) }
        let read = try #require(exposition.families.first)
        #expect(read.natives == [ParsedNativeHistogram(labels: labels, buckets: native)])
        #expect(read.samples.last?.created == 1_700_000_000.5)
        #expect(read.samples.map(\.name) == ["n_bucket", "n_bucket", "n_sum", "n_count"])
    }

    /// A server refuses all it scrapes for one of these, so the native part is left out.
    @Test(
        arguments: [
            NativeHistogramSnapshot(schema: 9, zeroThreshold: 0, zeroCount: 3),
            NativeHistogramSnapshot(schema: -5, zeroThreshold: 0, zeroCount: 3),
            NativeHistogramSnapshot(schema: 0, zeroThreshold: -1, zeroCount: 3),
            NativeHistogramSnapshot(schema: 0, zeroThreshold: .nan, zeroCount: 3),
            NativeHistogramSnapshot(schema: 0, zeroThreshold: .infinity, zeroCount: 3),
            // Too many, too few, far too many.
            NativeHistogramSnapshot(schema: 0, zeroThreshold: 0, zeroCount: 4),
            NativeHistogramSnapshot(schema: 0, zeroThreshold: 0, zeroCount: 2),
            NativeHistogramSnapshot(
                schema: 0,
                zeroThreshold: 0,
                zeroCount: .max,
                positive: [.init(index: 0, count: 4)]
            ),
            NativeHistogramSnapshot(
                schema: 0,
                zeroThreshold: 0,
                positive: [.init(index: 0, count: .max), .init(index: 1, count: 4)]
            ),
            // Out of order, twice the same, out of range.
            NativeHistogramSnapshot(
                schema: 0,
                zeroThreshold: 0,
                positive: [.init(index: 1, count: 1), .init(index: 0, count: 2)]
            ),
            NativeHistogramSnapshot(
                schema: 0,
                zeroThreshold: 0,
                negative: [.init(index: 1, count: 1), .init(index: 1, count: 2)]
            ),
            NativeHistogramSnapshot(schema: 0, zeroThreshold: 0, positive: [.init(index: .max, count: 3)]),
            NativeHistogramSnapshot(schema: 0, zeroThreshold: 0, negative: [.init(index: .min, count: 3)]),
        ]
    )
    func nativeHistogramsThatDoNotAddUp(native: NativeHistogramSnapshot) throws {
        let histogram = HistogramSnapshot(bounds: [1], cumulativeCounts: [2], count: 3, sum: 1, native: native)
        let exposition = try readBack(ExpositionForm(.protobuf)) {
            $0.emit(family(.histogram, "n"), .none, histogram)
        }
        #expect(exposition.families[0].natives.isEmpty)
        #expect(exposition.families[0].samples.map(\.value) == [2, 3, 1, 3])
    }

    /// What is no number is counted, but in no bucket.
    @Test func observationsThatAreNoNumbers() throws {
        let native = NativeHistogramSnapshot(schema: 0, zeroThreshold: 0, zeroCount: 2)
        let histogram = HistogramSnapshot(count: 3, sum: .nan, native: native)
        let exposition = try readBack(ExpositionForm(.protobuf)) {
            $0.emit(family(.histogram, "n"), .none, histogram)
        }
        #expect(exposition.families[0].natives.map(\.buckets) == [native])
    }

    @Test(arguments: textFormats)
    func textHasNoNativeHistograms(format: ExpositionFormat) {
        let native = NativeHistogramSnapshot(schema: 0, zeroThreshold: 0, zeroCount: 3)
        let histogram = HistogramSnapshot(count: 3, sum: 1, native: native)
        let samples = written(format) { $0.emit(family(.histogram, "n"), .none, histogram) }.samples
        let one = format == .openMetrics ? "1.0" : "1"
        #expect(samples == ["n_bucket{le=\"+Inf\"} 3", "n_sum \(one)", "n_count 3"])
    }

    private func written(_ format: ExpositionFormat, _ body: (inout MetricWriter) -> Void) -> String {
        ExpositionTests.written(ExpositionForm(format), body)
    }
}
