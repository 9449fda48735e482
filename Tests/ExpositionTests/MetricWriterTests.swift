import Testing

@testable import Exposition

/// However samples are emitted, what is served is one valid exposition.
struct MetricWriterTests {
    private let a = Metric(.gauge, "a", "Help of a.", labels: ["l"])
    private let b = Metric(.counter, "b_total", "Help of b.", labels: ["l"])
    private let c = Metric(.gauge, "c", "Help of c.")

    /// Labels that all have stand behind each sample's own, and are no reason for a sample to be there twice.
    @Test func constantLabelsStandBehindAllOthers() throws {
        func write(_ form: ExpositionForm) -> [UInt8] {
            var writer = MetricWriter(form: form, constantLabels: LabelSet([("k", "v")]))
            writer.emit(a, 1, ["x"])
            writer.emit(a, 2, ["x"])
            writer.emit(c, 3)
            let histogram = HistogramSnapshot(bounds: [1], cumulativeCounts: [1], count: 2, sum: 3)
            writer.emit(MetricFamily(.histogram, name: "h", help: "H."), LabelSet([("l", "y")]), histogram)
            #expect(writer.defects.duplicates == 1)
            var out: [UInt8] = []
            _ = MetricWriter.join([writer], into: &out)
            return out
        }
        let lines = write(ExpositionForm(.text)).split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
        #expect(
            lines.filter { !$0.hasPrefix("#") } == [
                #"a{l="x",k="v"} 1"#, #"c{k="v"} 3"#, #"h_bucket{l="y",k="v",le="1.0"} 1"#,
                #"h_bucket{l="y",k="v",le="+Inf"} 2"#, #"h_sum{l="y",k="v"} 3"#, #"h_count{l="y",k="v"} 2"#,
            ]
        )
        for family in try ProtobufParser.parse(write(ExpositionForm(.protobuf))).families {
            #expect(!family.samples.isEmpty && family.samples.allSatisfy { $0[label: "k"] == "v" }, "\(family.name)")
        }
    }

    // MARK: Order

    @Test func familiesAreSortedAndInOnePieceEach() {
        let metrics = ["z", "a_b", "a", "ab", "A", "a:b", "a_", "_"].map {
            Metric<1>(MetricFamily(.gauge, name: $0, help: "Help."), labels: ["n"])
        }
        let expected = metrics.map { $0.name }.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
            .flatMap { name in
                ["# HELP \(name) Help.", "# TYPE \(name) gauge"] + (0..<4).map { "\(name){n=\"\($0)\"} \($0)" }
            }
        for _ in 0..<100 {
            // Families in any order and interleaved; the samples of each in the order in which they come.
            var next = [Int](repeating: 0, count: metrics.count)
            let turns = metrics.indices.flatMap { Array(repeating: $0, count: 4) }.shuffled()
            let exposition = written { writer in
                for index in turns {
                    writer.emit(metrics[index], Double(next[index]), [LabelValue(next[index])])
                    next[index] += 1
                }
            }
            #expect(exposition.lines == expected)
        }
    }

    @Test func familiesOfSeveralWritersAreSortedToo() {
        var first = MetricWriter(format: .text)
        first.emit(c, 1)
        first.emit(a, 1, ["x"])
        var second = MetricWriter(format: .text)
        second.emit(b, 1, ["x"])
        #expect(text([first, second]) == text([second, first]))
        #expect(text([first, second]).samples == ["a{l=\"x\"} 1", "b_total{l=\"x\"} 1", "c 1"])
    }

    // MARK: What is left out

    @Test(arguments: textFormats)
    func duplicatesAreLeftOutAndCounted(format: ExpositionFormat) {
        var writer = MetricWriter(format: format)
        writer.emit(a, 1, ["x"])
        writer.emit(c, 1)
        writer.emit(a, 2, ["y"])
        writer.emit(a, 3, ["x"])
        writer.emit(c, 2)
        #expect(writer.sampleCount == 3)
        #expect(writer.defects.duplicates == 2)
        let one = format == .openMetrics ? "1.0" : "1"
        let two = format == .openMetrics ? "2.0" : "2"
        #expect(text([writer]).samples == ["a{l=\"x\"} \(one)", "a{l=\"y\"} \(two)", "c \(one)"])
    }

    @Test func theSameLabelsOfAnotherFamilyAreNoDuplicates() {
        var writer = MetricWriter(format: .text)
        writer.emit(a, 1, ["x"])
        writer.emit(b, 1, ["x"])
        #expect(writer.defects == MetricWriter.Defects())
        #expect(writer.sampleCount == 2)
    }

    @Test func manySeriesHaveNoFalseDuplicates() {
        var writer = MetricWriter(format: .text)
        for number in 0..<50_000 { writer.emit(a, 1, [LabelValue(number)]) }
        #expect(writer.sampleCount == 50_000)
        #expect(writer.defects.duplicates == 0)
        for number in 0..<50_000 { writer.emit(a, 1, [LabelValue(number)]) }
        #expect(writer.sampleCount == 50_000)
        #expect(writer.defects.duplicates == 50_000)
    }

    /// Values that would be alike if they were put together without escaping.
    @Test func labelsThatOnlyLookAlikeAreDifferentSeries() {
        let two = Metric(.gauge, "m", "Help.", labels: ["a", "b"])
        var writer = MetricWriter(format: .text)
        for values: [2 of LabelValue] in [
            ["x\",b=\"y", ""], ["x", "y"], ["x", "y\",b=\""], ["", "xy"], ["xy", ""],
        ] {
            writer.emit(two, 1, values)
        }
        #expect(writer.sampleCount == 5)
    }

    @Test func beyondTheLimitSamplesAreLeftOutAndCounted() {
        var limits = MetricWriter.Limits()
        limits.samples = 3
        var writer = MetricWriter(format: .text, limits: limits)
        for number in 0..<5 { writer.emit(a, 1, [LabelValue(number)]) }
        writer.emit(c, 1)
        #expect(writer.sampleCount == 3)
        #expect(writer.defects.overLimit == 3)
        // No header without samples.
        #expect(
            text([writer]).lines == [
                "# HELP a Help of a.", "# TYPE a gauge", "a{l=\"0\"} 1", "a{l=\"1\"} 1", "a{l=\"2\"} 1",
            ]
        )
    }

    // MARK: Several writers

    @Test func aFamilyOfTwoWritersStandsTogether() {
        var first = MetricWriter(format: .text)
        first.emit(a, 1, ["x"])
        var second = MetricWriter(format: .text)
        let again = Metric(.gauge, "a", "Other help.", labels: ["l"])
        second.emit(again, 2, ["y"])
        second.emit(again, 3, ["x"])
        let result = joined([first, second])
        #expect(result.text.lines == ["# HELP a Help of a.", "# TYPE a gauge", "a{l=\"x\"} 1", "a{l=\"y\"} 2"])
        #expect(result.defects.duplicates == 1)
        #expect(result.defects.conflicts == 0)
    }

    @Test func aFamilyOfAnotherTypeIsLeftOutAndCounted() {
        var first = MetricWriter(format: .text)
        first.emit(a, 1, ["x"])
        var second = MetricWriter(format: .text)
        let other = Metric(.untyped, "a", "Help.", labels: ["l"])
        second.emit(other, 2, ["y"])
        second.emit(other, 3, ["z"])
        second.emit(c, 1)
        let result = joined([first, second])
        #expect(result.text.samples == ["a{l=\"x\"} 1", "c 1"])
        #expect(result.defects.conflicts == 2)
        #expect(joined([second, first]).text.samples == ["a{l=\"y\"} 2", "a{l=\"z\"} 3", "c 1"])
    }

    @Test func twoFamiliesOfOneNameInOneWriterStandTogether() {
        let again = Metric(.gauge, "a", "Help of a.", labels: ["l"])
        var writer = MetricWriter(format: .text)
        writer.emit(a, 1, ["x"])
        writer.emit(c, 1)
        writer.emit(again, 2, ["x"])
        writer.emit(again, 3, ["y"])
        let result = joined([writer])
        #expect(result.text.samples == ["a{l=\"x\"} 1", "a{l=\"y\"} 3", "c 1"])
        #expect(result.text.lines.count { $0 == "# TYPE a gauge" } == 1)
        #expect(result.defects.duplicates == 1)
    }

    @Test func valuesWithBlanksAndNewlinesAreMergedRight() {
        var first = MetricWriter(format: .text)
        first.emit(a, 1, ["x y\nz 5"])
        var second = MetricWriter(format: .text)
        second.emit(a, 2, ["x y\nz 5"])
        second.emit(a, 3, ["x y\nz 6"])
        let result = joined([first, second])
        #expect(result.text.samples == [#"a{l="x y\nz 5"} 1"#, #"a{l="x y\nz 6"} 3"#])
    }

    // MARK: Use again

    @Test(arguments: ExpositionFormat.allCases)
    func aClearedWriterIsAsGoodAsNew(format: ExpositionFormat) {
        func fill(_ writer: inout MetricWriter, _ seed: Int) {
            for number in 0..<200 {
                writer.emit(a, Double(number * seed), [LabelValue(number % 150)])
                writer.emit(b, 1, [.bytes([0xFF, UInt8(number)])])
            }
            writer.emit(c, Double(seed))
        }
        var used = MetricWriter(format: format)
        for seed in 1...5 {
            used.removeAll()
            #expect(used.sampleCount == 0)
            #expect(used.defects == MetricWriter.Defects())
            fill(&used, seed)
            var new = MetricWriter(format: format)
            fill(&new, seed)
            #expect(used.bytes == new.bytes)
            #expect(text([used]) == text([new]))
            #expect(used.defects == new.defects)
            #expect(used.sampleCount == new.sampleCount)
        }
    }

    /// Families made for one scrape only: the next ones may lie at the same addresses.
    @Test func familiesThatAreGoneAreForgotten() {
        var writer = MetricWriter(format: .text)
        for round in 0..<200 {
            writer.removeAll()
            let name = "m\(round)"
            writer.emit(Metric<0>(MetricFamily(.gauge, name: name, help: "Help."), labels: []), 1)
            #expect(text([writer]).lines == ["# HELP \(name) Help.", "# TYPE \(name) gauge", "\(name) 1"])
        }
    }

    // MARK: Nothing

    @Test func withoutSamplesThereIsNothing() {
        #expect(written { _ in } == "")
        #expect(written(.openMetrics) { _ in } == "# EOF\n")
        #expect(text([]) == "")
        #expect(text([MetricWriter(format: .openMetrics), MetricWriter(format: .openMetrics)]) == "# EOF\n")
    }

    @Test func joiningAppends() {
        var writer = MetricWriter(format: .text)
        writer.emit(c, 1)
        var bytes = Array("before\n".utf8)
        _ = MetricWriter.join([writer], into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "before\n# HELP c Help of c.\n# TYPE c gauge\nc 1\n")
    }
}
