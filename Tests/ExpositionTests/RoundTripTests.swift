import Testing

@testable import Exposition

/// Whatever is written, in whatever form, is read back as it was.
struct RoundTripTests {
    private static let scalars = (UInt32(0)...0xFF).compactMap { Unicode.Scalar($0) } + ["\u{2028}", "\u{FEFF}", "😀"]

    @Test(arguments: forms)
    func eachByteInALabelValue(form: ExpositionForm) throws {
        let metric = Metric(.gauge, "m", "Help.", labels: ["n", "v"])
        let values = UInt8.min ... .max
        let exposition = try readBack(form) { writer in
            for byte in values { writer.emit(metric, 1, [LabelValue(byte), .bytes([0x61, byte, byte, 0x62])]) }
        }
        let samples = try #require(exposition.families.first).samples
        #expect(samples.count == 256)
        for (byte, sample) in zip(values, samples) {
            #expect(sample.labels.map(\.name) == ["n", "v"])
            #expect(sample.labels[0].value == "\(byte)")
            let expected = String(decoding: [0x61, byte, byte, 0x62], as: UTF8.self)
            #expect(sample.labels[1].value.isSame(as: expected), "\(byte)")
        }
    }

    @Test(arguments: forms)
    func eachByteInARenderedLabelValue(form: ExpositionForm) throws {
        let gauge = family(.gauge, "m")
        let exposition = try readBack(form) { writer in
            for byte in UInt8.min ... .max {
                writer.emit(gauge, LabelSet([("n.", LabelValue(byte)), ("v", .bytes([byte, 0x22, byte]))]), 1)
            }
        }
        let samples = try #require(exposition.families.first).samples
        #expect(samples.count == 256)
        for (byte, sample) in zip(UInt8.min ... .max, samples) {
            let expected = String(decoding: [byte, 0x22, byte], as: UTF8.self)
            #expect(sample.labels.map(\.value).last?.isSame(as: expected) == true, "\(byte)")
        }
    }

    /// At its beginning, within it, and at its end.
    @Test(arguments: forms)
    func eachCharacterInHelp(form: ExpositionForm) throws {
        let helps =
            Self.scalars.flatMap { ["\($0)", "\($0)x", "a\($0)\($0)b", "x\($0)"] } + ["", "\\n", "\\\\", "# EOF"]
        let exposition = try readBack(form) { writer in
            for (number, help) in helps.enumerated() {
                writer.emit(family(.gauge, "m\(1000 + number)", help: help), .none, 1)
            }
        }
        #expect(exposition.families.count == helps.count)
        for (help, family) in zip(helps, exposition.families) {
            // The text formats let any number of blanks stand before it.
            let isText = form.format == .text || form.format == .utf8Text
            var kept = isText ? help.unicodeScalars.drop { $0 == " " || $0 == "\t" } : help.unicodeScalars[...]
            // At the end of a line, this would be taken for a part of the line's end.
            while form.format != .protobuf, kept.last == "\r" { kept.removeLast() }
            #expect(family.help?.isSame(as: String(kept)) == true, "\(help.unicodeScalars.map(\.value))")
        }
    }

    @Test(arguments: forms)
    func eachCharacterInAMetricsName(form: ExpositionForm) throws {
        for scalar in Self.scalars {
            for name in ["\(scalar)", "\(scalar)b", "a\(scalar)b", "a\(scalar)"] {
                let exposition = try readBack(form) { $0.emit(family(.gauge, name), LabelSet([("l", "1")]), 1) }
                let expected = form.escaping.escaped(name)
                let read = try #require(exposition.families.first, "\(scalar.value)")
                #expect(read.name.isSame(as: expected), "\(scalar.value)")
                #expect(read.samples.map { $0.name.isSame(as: expected) } == [true], "\(scalar.value)")
                #expect(read.samples[0].labels == [.init("l", "1")])
            }
        }
    }

    @Test(arguments: forms)
    func eachCharacterInALabelsName(form: ExpositionForm) throws {
        for scalar in Self.scalars {
            for name in ["\(scalar)", "\(scalar)b", "a\(scalar)b", "a\(scalar)"] {
                let labels = LabelSet([ParsedSample.Label(name, "1")])
                let exposition = try readBack(form) { $0.emit(family(.gauge, "m"), labels, 1) }
                let expected = [ParsedSample.Label(form.escaping.escaped(label: name), "1")]
                #expect(exposition.families.first?.samples.map(\.labels) == [expected], "\(scalar.value)")
            }
        }
    }

    /// The lines of a histogram and of a summary all have the labels, whatever becomes of their names.
    @Test(arguments: forms)
    func labelsOfSeveralLines(form: ExpositionForm) throws {
        let labels = LabelSet([("a", "1"), ("b.c", "x\"\\\n"), ("d", "")])
        let expected = ["a", "b.c", "d"].map { form.escaping.escaped(label: $0) }
        let exposition = try readBack(form, writesCreatedSeries: true) { writer in
            writer.emit(family(.histogram, "h.x"), labels, Self.histogram)
            writer.emit(family(.summary, "s.x"), labels, Self.summary)
        }
        #expect(exposition.families.count == 2)
        for family in exposition.families {
            for sample in family.samples {
                let own = sample.labels.filter { $0.name != "le" && $0.name != "quantile" }
                #expect(own.map(\.name) == expected)
                #expect(own.map(\.value) == ["1", "x\"\\\n", ""])
            }
        }
    }

    // MARK: Values

    static let histogram = HistogramSnapshot(
        bounds: [0.5, 2],
        cumulativeCounts: [1, 3],
        count: 4,
        sum: 12.25,
        created: 1_700_000_000.5
    )
    static let summary = SummarySnapshot(
        count: 4,
        sum: 12.25,
        quantiles: [.init(0.5, 1), .init(0.99, 9)],
        created: 1_700_000_000.5
    )

    private static let values: [Double] = [
        .nan, .infinity, -.infinity, 0, -0.0, 1, -1, 0.1, 1e5, 999_999, 1e6, 1e21, 0x1p53 + 2, 1e-4, 1e-5,
        .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude, .leastNormalMagnitude,
        .leastNormalMagnitude.nextDown, -.leastNonzeroMagnitude, .pi,
    ]

    @Test(arguments: forms, MetricType.allCases)
    func eachValueOfEachKind(form: ExpositionForm, type: MetricType) throws {
        guard type != .histogram, type != .summary else { return }
        let name =
            switch type {
            case .counter: "m_total"
            case .info: "m_info"
            default: "m"
            }
        let declared = family(type, name, labels: type == .stateSet ? ["m"] : [])
        for value in Self.values {
            var writer = MetricWriter(form: form)
            writer.emit(declared, LabelSet([("m", "x")]), value)
            // OpenMetrics has no such counters, infos and states.
            let isPossible =
                switch form.format == .openMetrics ? type : .gauge {
                case .counter: value >= 0
                case .info: value == 1
                case .stateSet: value == 0 || value == 1
                default: true
                }
            let samples = try readBack([writer]).families.flatMap(\.samples)
            #expect(writer.defects.invalidValues == (isPossible ? 0 : 1), "\(value)")
            #expect(samples.count == (isPossible ? 1 : 0), "\(value)")
            #expect(samples.allSatisfy { isSame($0.value, value) }, "\(value)")
        }
    }

    @Test(arguments: forms)
    func eachValueInAHistogram(form: ExpositionForm) throws {
        for value in Self.values {
            let snapshot = HistogramSnapshot(bounds: [value], cumulativeCounts: [1], count: 2, sum: value)
            let read = try #require(
                try readBack(form) { $0.emit(family(.histogram, "h"), .none, snapshot) }.families.first
            )
            let bounds = read.samples.compactMap { $0[label: "le"] }.compactMap { Double(expositionNumber: $0) }
            #expect(bounds.count == (value < .infinity ? 2 : 1), "\(value)")
            #expect(value >= .infinity || value.isNaN || isSame(bounds.first, value), "\(value)")
            #expect(bounds.last == .infinity, "\(value)")
            let sum = read.samples.first { $0.name == "h_sum" }?.value
            let count = read.samples.first { $0.name == "h_count" }?.value
            // To OpenMetrics a sum is a counter, and goes together with the count.
            let hasSum = form.format != .openMetrics || value >= 0
            #expect(hasSum ? isSame(sum, value) && count == 2 : sum == nil && count == nil, "\(value)")
        }
    }

    @Test(arguments: forms)
    func eachValueInASummary(form: ExpositionForm) throws {
        for value in Self.values {
            let snapshot = SummarySnapshot(count: 2, sum: value, quantiles: [.init(0.5, value), .init(value, 3)])
            let read = try #require(
                try readBack(form) { $0.emit(family(.summary, "s"), .none, snapshot) }.families.first
            )
            let quantiles = read.samples.filter { $0.name == "s" }
            #expect(quantiles.count == (value > 0.5 && value <= 1 ? 2 : 1), "\(value)")
            #expect(isSame(quantiles[0].value, value), "\(value)")
            let sum = read.samples.first { $0.name == "s_sum" }?.value
            #expect(form.format != .openMetrics || value >= 0 ? isSame(sum, value) : sum == nil, "\(value)")
            #expect(read.samples.first { $0.name == "s_count" }?.value == 2)
        }
    }

    /// Counts beyond what a Double can tell apart are written in full.
    @Test(arguments: forms)
    func theLargestCounts(form: ExpositionForm) throws {
        let snapshot = HistogramSnapshot(bounds: [1], cumulativeCounts: [.max - 1], count: .max, sum: 1)
        let exposition = try readBack(form) { $0.emit(family(.histogram, "h"), .none, snapshot) }
        #expect(exposition.families[0].samples.filter { $0.value == 0x1p64 }.count == 3)
        if form.format != .protobuf {
            #expect(
                written(form) { $0.emit(family(.histogram, "h"), .none, snapshot) }.contains(" 18446744073709551614\n")
            )
        }
    }

    // MARK: What does not fit together

    @Test(arguments: forms)
    func bucketsOutOfOrderAreLeftOut(form: ExpositionForm) throws {
        let snapshot = HistogramSnapshot(
            bounds: [1, 1, 0.5, .nan, 2, .infinity, 3, 4],
            cumulativeCounts: [1, 2, 3, 4, 5, 6, 7],
            count: 9,
            sum: 1
        )
        let exposition = try readBack(form) { $0.emit(family(.histogram, "h"), .none, snapshot) }
        let buckets = exposition.families[0].samples.filter { $0.name == "h_bucket" }
        #expect(buckets.compactMap { $0[label: "le"] }.compactMap { Double($0) ?? .infinity } == [1, 2, 3, .infinity])
        #expect(buckets.map(\.value) == [1, 5, 7, 9])
    }

    @Test(arguments: forms)
    func aLabelOfTheLinesIsLeftOut(form: ExpositionForm) throws {
        let exposition = try readBack(form) { writer in
            writer.emit(family(.histogram, "h"), LabelSet([("le", "x"), ("a", "1")]), Self.histogram)
            writer.emit(family(.summary, "s"), LabelSet([("quantile", "x"), ("le", "y")]), Self.summary)
            writer.emit(family(.gauge, "g"), LabelSet([("quantile", "x"), ("le", "y")]), 1)
        }
        let histogram = try #require(exposition[family: "h"])
        #expect(histogram.samples.compactMap { $0[label: "le"] }.count == 3)
        #expect(histogram.samples.allSatisfy { $0[label: "le"] != "x" && $0[label: "a"] == "1" })
        let summary = try #require(exposition[family: "s"])
        #expect(summary.samples.allSatisfy { $0[label: "quantile"] != "x" && $0[label: "le"] == "y" })
        #expect(exposition[family: "g"]?.samples[0].labels.map(\.value) == ["x", "y"])
    }

    /// A number is no histogram, and a histogram no number.
    @Test(arguments: forms)
    func valuesOfAnotherKindAreLeftOut(form: ExpositionForm) throws {
        var writer = MetricWriter(form: form)
        writer.emit(family(.histogram, "h"), .none, 1)
        writer.emit(family(.summary, "s"), .none, 1)
        writer.emit(family(.gauge, "g"), .none, Self.histogram)
        writer.emit(family(.summary, "t"), .none, Self.histogram)
        writer.emit(family(.histogram, "i"), .none, Self.summary)
        writer.emit(Metric(.histogram, "j", "Help."), 1)
        #expect(writer.sampleCount == 0)
        #expect(writer.defects.invalidValues == 6)
        #expect(try readBack([writer]).families.isEmpty)
    }
}
