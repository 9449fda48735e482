import Testing

@testable import Exposition

/// What several collectors write of one family is one family, in every form.
struct SeveralWritersTests {
    private func writer(_ form: ExpositionForm, _ body: (inout MetricWriter) -> Void) -> MetricWriter {
        var writer = MetricWriter(form: form, writesCreatedSeries: true)
        body(&writer)
        return writer
    }

    private func joined(
        _ form: ExpositionForm,
        _ bodies: ((inout MetricWriter) -> Void)...
    ) throws -> (families: [ParsedFamily], defects: MetricWriter.Defects) {
        var bytes: [UInt8] = []
        let defects = MetricWriter.join(bodies.map { writer(form, $0) }, into: &bytes)
        return (try read(bytes, form.format).families, defects)
    }

    @Test(arguments: forms)
    func numbersAreMergedEachSeriesOnce(form: ExpositionForm) throws {
        let result = try joined(
            form,
            { writer in
                for number in 0..<3 { writer.emit(family(.gauge, "g"), LabelSet([("n", .init(number))]), 1) }
            },
            { writer in
                for number in 2..<5 { writer.emit(family(.gauge, "g"), LabelSet([("n", .init(number))]), 2) }
            },
            { $0.emit(family(.gauge, "g"), .none, 3) }
        )
        #expect(result.families.count == 1)
        #expect(result.families[0].samples.map(\.value) == [1, 1, 1, 2, 2, 3])
        #expect(result.defects.duplicates == 1)
    }

    /// Labels in another order, or with a value that is empty, make the same series.
    @Test(arguments: forms)
    func seriesAreToldApartAsScrapersDo(form: ExpositionForm) throws {
        let result = try joined(
            form,
            { $0.emit(family(.gauge, "g"), LabelSet([("a", "1"), ("b", "2")]), 1) },
            { $0.emit(family(.gauge, "g"), LabelSet([("b", "2"), ("a", "1")]), 2) },
            { $0.emit(family(.gauge, "g"), LabelSet([("a", "1"), ("b", "2"), ("c", "")]), 3) },
            { $0.emit(family(.gauge, "g"), LabelSet([("a", "2"), ("b", "1")]), 4) },
            { $0.emit(family(.gauge, "g"), LabelSet([("a", "1\",b=\"2")]), 5) },
            { $0.emit(family(.gauge, "g"), LabelSet([("a", "1 # {} 2")]), 6) }
        )
        #expect(result.families[0].samples.map(\.value) == [1, 4, 5, 6])
        #expect(result.defects.duplicates == 2)
    }

    /// A histogram is written whole or not at all: buckets of two would make one that never was.
    @Test(arguments: forms)
    func histogramsAreNeverMixed(form: ExpositionForm) throws {
        let first = HistogramSnapshot(bounds: [1, 2], cumulativeCounts: [1, 2], count: 3, sum: 4)
        let second = HistogramSnapshot(bounds: [1, 2, 5], cumulativeCounts: [5, 6, 7], count: 8, sum: 9, created: 5)
        let result = try joined(
            form,
            { $0.emit(family(.histogram, "h"), LabelSet([("a", "1")]), first) },
            { writer in
                writer.emit(family(.histogram, "h"), LabelSet([("a", "1")]), second)
                writer.emit(family(.histogram, "h"), LabelSet([("a", "2")]), second)
            }
        )
        #expect(result.defects.duplicates == 1)
        let values = try #require(result.families.first).values
        #expect(values.map(\.labels) == [[.init("a", "1")], [.init("a", "2")]])
        #expect(values.first?.value == .histogram(first))
    }

    @Test(arguments: forms)
    func summariesAreNeverMixed(form: ExpositionForm) throws {
        let first = SummarySnapshot(count: 1, sum: 2, quantiles: [.init(0.5, 1)])
        let second = SummarySnapshot(count: 3, sum: 4, quantiles: [.init(0.5, 1), .init(0.9, 2)])
        let result = try joined(
            form,
            { $0.emit(family(.summary, "s"), .none, first) },
            { $0.emit(family(.summary, "s"), .none, second) }
        )
        #expect(result.defects.duplicates == 1)
        #expect(result.families[0].values.map(\.value) == [.summary(first)])
    }

    @Test func aCountersCreatedSeriesGoesWithIt() throws {
        let result = try joined(
            ExpositionForm(.openMetrics),
            { $0.emit(family(.counter, "c_total"), .none, 1) },
            { $0.emit(family(.counter, "c_total"), .none, 2, created: 5) }
        )
        #expect(result.families[0].samples.map(\.name) == ["c_total"])
        #expect(result.families[0].samples.map(\.value) == [1])
    }

    @Test(arguments: forms)
    func theFirstWritersTypeStands(form: ExpositionForm) throws {
        let result = try joined(
            form,
            { $0.emit(family(.histogram, "h"), .none, RoundTripTests.histogram) },
            { writer in
                writer.emit(family(.gauge, "h"), .none, 1)
                writer.emit(family(.gauge, "h"), LabelSet([("a", "1")]), 1)
            },
            { $0.emit(family(.summary, "h"), .none, RoundTripTests.summary) }
        )
        #expect(result.families.map(\.type) == [.histogram])
        #expect(result.defects.conflicts == 3)
    }

    @Test(arguments: forms)
    func familiesAreSorted(form: ExpositionForm) throws {
        let names = ["z", "a_b", "a", "ab", "A", "a:b", "a_", "_", "aaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaaaaaaa"]
        let writers = names.map { name in writer(form) { $0.emit(family(.gauge, name), .none, 1) } }
        let families = try readBack(writers).families
        let bytes = families.map { Array($0.name.utf8) }
        #expect(bytes.count == names.count)
        #expect(zip(bytes, bytes.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
    }

    // MARK: Names of samples

    /// A family that is named like a histogram's samples: the earlier writer's stands, in one writer the histogram.
    @Test(arguments: forms, ["h_bucket", "h_sum", "h_count", "h_created"])
    func aFamilyNamedLikeAHistogramsSamples(form: ExpositionForm, name: String) throws {
        // Only OpenMetrics knows `_created`, and only as written: under `dots` the suffix is not escaped with the name.
        let clashes = (name != "h_created" || form.format == .openMetrics) && form.escaping != .dots
        let plain: (inout MetricWriter) -> Void = { $0.emit(family(.gauge, name), .none, 1) }
        let histogram: (inout MetricWriter) -> Void = {
            $0.emit(family(.histogram, "h"), .none, RoundTripTests.histogram)
        }
        for isFirst in [true, false] {
            let result = isFirst ? try joined(form, histogram, plain) : try joined(form, plain, histogram)
            let expected: [MetricType] = clashes ? (isFirst ? [.histogram] : [.gauge]) : [.histogram, .gauge]
            #expect(result.families.map(\.type) == expected)
            #expect(result.defects.conflicts == (clashes ? 1 : 0))
        }
        let one = try joined(form) { writer in
            plain(&writer)
            histogram(&writer)
        }
        #expect(one.families.map(\.type) == (clashes ? [.histogram] : [.histogram, .gauge]))
    }

    @Test(arguments: forms)
    func aSummaryHasNoBuckets(form: ExpositionForm) throws {
        let result = try joined(form) { writer in
            writer.emit(family(.summary, "s"), .none, RoundTripTests.summary)
            writer.emit(family(.gauge, "s_bucket"), .none, 1)
        }
        #expect(result.families.count == 2)
    }

    /// Families that OpenMetrics would call the same, or like the samples of another. Nothing is lost by it.
    @Test(
        arguments: [
            [("b", .gauge), ("b_total", .counter)],
            [("b", .histogram), ("b_total", .counter)],
            [("b_created", .gauge), ("b_total", .counter)],
            [("b_created_total", .counter), ("b_total", .counter)],
            [("b_info", .info), ("b_total", .counter)],
            [("b", .gauge), ("b_info", .info)],
            [("b", .gauge), ("b_info", .info), ("b_total", .counter), ("b_total_info", .info)],
            [("h", .histogram), ("h_count_total", .counter), ("h_sum_info", .info)],
            [("s", .summary), ("s_created_total", .counter)],
            [("b_total", .counter), ("b_total_total", .counter), ("b_total_total_total", .counter)],
        ] as [[(String, MetricType)]]
    )
    func namesThatAreTakenInOpenMetrics(families: [(String, MetricType)]) throws {
        let exemplar = try #require(Exemplar([("t", "# {\" 1")], value: 1, timestamp: 2))
        let writers = families.map { name, type in
            writer(ExpositionForm(.openMetrics)) { writer in
                let labels = LabelSet([("l", "# {} \" 1")])
                switch type {
                case .histogram: writer.emit(family(type, name), labels, RoundTripTests.histogram)
                case .summary: writer.emit(family(type, name), labels, RoundTripTests.summary)
                default: writer.emit(family(type, name), labels, 1, exemplar: exemplar, created: 5)
                }
            }
        }
        for writers in [writers, writers.reversed()] {
            var bytes: [UInt8] = []
            #expect(MetricWriter.join(writers, into: &bytes) == MetricWriter.Defects())
            let read = try OpenMetricsParser.parse(bytes)
            #expect(read.families.count == families.count)
            for (name, type) in families where type == .counter || type == .info || type == .gauge {
                let samples = read.families.flatMap(\.samples).filter { $0.name == name }
                #expect(samples.map(\.value) == [1], "\(name)")
                #expect(samples.first?[label: "l"] == "# {} \" 1", "\(name)")
            }
        }
    }

    /// Whoever names many families by one escaped name costs no more than their samples.
    @Test func manyFamiliesOfOneName() throws {
        let names = (0x4E00..<0x4E00 + 2000).compactMap { Unicode.Scalar($0) }.map { "a\($0)" }
        let result = try joined(ExpositionForm(.text)) { writer in
            for (number, name) in names.enumerated() {
                writer.emit(family(.gauge, name), LabelSet([("n", .init(number))]), Double(number))
            }
        }
        #expect(result.families.map(\.name) == ["a_"])
        #expect(result.families[0].samples.map(\.value) == (0..<2000).map(Double.init))
    }
}
