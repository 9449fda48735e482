import Testing

@testable import Exposition

/// OpenMetrics is stricter than the text format: families are named without `_total` and `_info`, each once.
struct OpenMetricsTests {
    @Test func aCounterIsNamedWithoutTotal() {
        let counter = Metric(.counter, "b_total", "Help.", labels: ["l"])
        let expected = "# TYPE b counter\n# HELP b Help.\nb_total{l=\"x\"} 1.0\n# EOF\n"
        #expect(written(.openMetrics) { $0.emit(counter, 1, ["x"]) } == expected)
        let text = "# HELP b_total Help.\n# TYPE b_total counter\nb_total{l=\"x\"} 1\n"
        #expect(written { $0.emit(counter, 1, ["x"]) } == text)
    }

    @Test func aCounterNamedOtherwiseIsUnknown() {
        let counter = Metric(.counter, "b", "Help.")
        #expect(written(.openMetrics) { $0.emit(counter, 1) } == "# TYPE b unknown\n# HELP b Help.\nb 1.0\n# EOF\n")
        #expect(written { $0.emit(counter, 1) } == "# HELP b Help.\n# TYPE b counter\nb 1\n")
    }

    @Test func anInfoIsNamedWithoutInfo() {
        let info = Metric(.info, "b_info", "Help.", labels: ["l"])
        let expected = "# TYPE b info\n# HELP b Help.\nb_info{l=\"x\"} 1.0\n# EOF\n"
        #expect(written(.openMetrics) { $0.emit(info, 1, ["x"]) } == expected)
        let text = "# HELP b_info Help.\n# TYPE b_info gauge\nb_info{l=\"x\"} 1\n"
        #expect(written { $0.emit(info, 1, ["x"]) } == text)
    }

    @Test func anInfoNamedOtherwiseIsAGauge() {
        let info = Metric(.info, "b", "Help.")
        #expect(written(.openMetrics) { $0.emit(info, 1) } == "# TYPE b gauge\n# HELP b Help.\nb 1.0\n# EOF\n")
    }

    /// A stateset's samples have a label named like the family, which nothing here makes sure of.
    @Test func aStateSetIsAGauge() {
        let states = Metric(.stateSet, "b", "Help.", labels: ["state"])
        let expected = "# TYPE b gauge\n# HELP b Help.\nb{state=\"on\"} 1.0\n# EOF\n"
        #expect(written(.openMetrics) { $0.emit(states, 1, ["on"]) } == expected)
    }

    @Test(arguments: MetricType.allCases)
    func textKnowsFiveTypesOnly(type: MetricType) {
        let known = ["counter", "gauge", "histogram", "summary", "untyped"]
        #expect(known.contains("\(type.textName)"))
        let family = MetricFamily(type, name: "m", help: "Help.")
        #expect(
            String(decoding: family.rendering.header(.text), as: UTF8.self).lines.last == "# TYPE m \(type.textName)"
        )
    }

    /// Two families of one name would make the whole exposition invalid.
    @Test(arguments: [false, true])
    func aCounterWhoseNameIsTakenIsUnknown(isReversed: Bool) {
        var first = MetricWriter(format: .openMetrics)
        first.emit(Metric(.gauge, "b", "Help of the gauge."), 1)
        var second = MetricWriter(format: .openMetrics)
        second.emit(Metric(.counter, "b_total", "Help of the counter."), 2)
        let writers = [first, second]
        #expect(
            text(isReversed ? writers.reversed() : writers).lines == [
                "# TYPE b gauge", "# HELP b Help of the gauge.", "b 1.0", "# TYPE b_total unknown",
                "# HELP b_total Help of the counter.", "b_total 2.0", "# EOF",
            ]
        )
    }

    @Test func histogramsHaveTheirSuffixes() {
        let metric = Metric(.histogram, "h", "Help.")
        let histogram = HistogramSnapshot(bounds: [0.5], cumulativeCounts: [1], count: 2, sum: 0.75)
        #expect(
            written(.openMetrics) { $0.emit(metric, histogram) }.lines == [
                "# TYPE h histogram", "# HELP h Help.", "h_bucket{le=\"0.5\"} 1", "h_bucket{le=\"+Inf\"} 2",
                "h_sum 0.75", "h_count 2", "# EOF",
            ]
        )
    }

    // MARK: State sets

    @Test func aStateSetHasALabelOfItsName() {
        let states = Metric(.stateSet, "b", "Help.", labels: ["b"])
        let openMetrics = written(.openMetrics) { writer in
            writer.emit(states, 1, ["on"])
            writer.emit(states, 0, ["off"])
        }
        #expect(
            openMetrics == "# TYPE b stateset\n# HELP b Help.\nb{b=\"on\"} 1.0\nb{b=\"off\"} 0.0\n# EOF\n"
        )
        let text = "# HELP b Help.\n# TYPE b gauge\nb{b=\"on\"} 1\n"
        #expect(written { $0.emit(states, 1, ["on"]) } == text)
    }

    /// A metric's name may have colons; a label's is then another one, unless both stand in quotes.
    @Test func aStateSetWhoseLabelIsNamedOtherwiseIsAGauge() {
        let states = Metric(.stateSet, "a:b", "Help.", labels: ["a:b"])
        let escaped = written(.openMetrics) { $0.emit(states, 1, ["on"]) }
        #expect(escaped.lines == ["# TYPE a:b gauge", "# HELP a:b Help.", "a:b{a_b=\"on\"} 1.0", "# EOF"])
        let quoted = written(ExpositionForm(.openMetrics, escaping: .allowUTF8)) { $0.emit(states, 1, ["on"]) }
        #expect(quoted.lines == ["# TYPE a:b stateset", "# HELP a:b Help.", "a:b{\"a:b\"=\"on\"} 1.0", "# EOF"])
    }

    @Test(arguments: [(MetricType.stateSet, 2.0), (.stateSet, .nan), (.info, 0), (.counter, -1), (.counter, .nan)])
    func valuesThatATypeCannotHaveAreLeftOut(type: MetricType, value: Double) {
        let name =
            switch type {
            case .counter: "b_total"
            case .info: "b_info"
            default: "b"
            }
        var writer = MetricWriter(format: .openMetrics)
        writer.emit(family(type, name, labels: ["b"]), LabelSet([("b", "x")]), value)
        #expect(text([writer]) == "# EOF\n")
        #expect(writer.defects.invalidValues == 1)
        #expect(writer.sampleCount == 0)
    }

    // MARK: Units

    @Test(
        arguments: [
            (MetricType.gauge, "b_seconds", nil, "b_seconds", "seconds"),
            (.counter, "b_bytes_total", nil, "b_bytes", "bytes"),
            (.gauge, "b_parsecs", "parsecs", "b_parsecs", "parsecs"),
            (.histogram, "b_light_years", "light_years", "b_light_years", "light_years"),
            // Not the end of the name, no name before it, or no word.
            (.gauge, "b_parsecs", nil, "b_parsecs", nil),
            (.gauge, "b", "seconds", "b", nil),
            (.gauge, "bseconds", "seconds", "bseconds", nil),
            (.gauge, "_seconds", "seconds", "_seconds", nil),
            (.gauge, "b_x y", "x y", "b_x_y", nil),
            (.gauge, "b_seconds", "", "b_seconds", nil),
            // Infos and state sets have none.
            (.info, "b_seconds_info", "seconds", "b_seconds", nil),
            (.stateSet, "b_seconds", "seconds", "b_seconds", nil),
            // A counter that is named otherwise is of an unknown type, which may have one.
            (.counter, "b_seconds", nil, "b_seconds", "seconds"),
        ] as [(MetricType, String, String?, String, String?)]
    )
    func units(type: MetricType, name: String, unit: String?, openMetricsName: String, expected: String?) throws {
        let family = MetricFamily(type, declared: name, help: "Help.", labels: [name], unit: unit)
        for format in [ExpositionFormat.openMetrics, .protobuf] {
            let exposition = try readBack(ExpositionForm(format)) { writer in
                if type == .histogram {
                    writer.emit(family, .none, HistogramSnapshot())
                } else {
                    writer.emit(family, LabelSet([.init(name, "x")]), 1)
                }
            }
            #expect(exposition.families.map(\.unit) == [expected], "\(format)")
            if format == .openMetrics { #expect(exposition.families.map(\.name) == [openMetricsName]) }
        }
    }

    // MARK: Exemplars

    private static func exemplar(_ labels: [(StaticString, LabelValue)], _ value: Double = 1) -> Exemplar? {
        Exemplar(labels.map { (name: $0.0, value: $0.1) }, value: value, timestamp: 1_700_000_000.25)
    }

    /// 128 code points in names and values, however many bytes these are.
    @Test(arguments: [(0, true), (1, true), (125, true), (126, false), (1000, false)])
    func exemplarsAreRefusedWhereTheyAreTooLong(length: Int, isTaken: Bool) {
        for character in ["x", "é", "花", "😱", "\"", "\n"] {
            let exemplar = Self.exemplar([("abc", .text(String(repeating: character, count: length)))])
            #expect((exemplar != nil) == isTaken, "\(character)")
        }
        let two = Self.exemplar([("a", .text(String(repeating: "x", count: length))), ("b", "y")])
        #expect((two != nil) == isTaken)
    }

    @Test func aCounterHasAnExemplarAndAGaugeNone() throws {
        let exemplar = try #require(Self.exemplar([("trace_id", "a\"b")], 0.5))
        let exposition = written(.openMetrics) { writer in
            writer.emit(family(.counter, "c_total"), LabelSet([("l", "x")]), 2, exemplar: exemplar)
            writer.emit(family(.counter, "d"), .none, 2, exemplar: exemplar)
            writer.emit(family(.gauge, "g"), .none, 2, exemplar: exemplar)
        }
        #expect(
            exposition.samples == [
                #"c_total{l="x"} 2.0 # {trace_id="a\"b"} 0.5 1700000000.250"#, "d 2.0", "g 2.0",
            ]
        )
        for format in [ExpositionFormat.text, .utf8Text] {
            let text = written(format) { $0.emit(family(.counter, "c_total"), .none, 2, exemplar: exemplar) }
            #expect(text.samples == ["c_total 2"])
        }
    }

    @Test func anExemplarWithoutLabelsOrTime() throws {
        let exemplar = try #require(Exemplar([], value: 3))
        let text = written(.openMetrics) { $0.emit(family(.counter, "c_total"), .none, 2, exemplar: exemplar) }
        #expect(text.samples == ["c_total 2.0 # {} 3.0"])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e12, 1e300])
    func aTimeThatIsNoneIsLeftOut(time: Double) throws {
        let exemplar = try #require(Exemplar([], value: 3, timestamp: time))
        let created = RoundTripTests.histogram
        for form in forms {
            let exposition = try readBack(form, writesCreatedSeries: true) { writer in
                writer.emit(family(.counter, "c_total"), .none, 2, exemplar: exemplar, created: time)
                var histogram = created
                histogram.created = time
                writer.emit(family(.histogram, "h"), .none, histogram)
            }
            #expect(exposition.families.count == 2)
            for sample in exposition.families.flatMap(\.samples) {
                #expect(sample.created == nil && !sample.name.hasSuffix("_created"))
                #expect(sample.exemplar?.timestamp == nil)
            }
        }
    }

    @Test(arguments: [0, -1.5, 0.0004, 1_700_000_000.123_456, 999_999_999_999, -0.999_999_999_9])
    func times(time: Double) throws {
        let exemplar = try #require(Exemplar([], value: 3, timestamp: time))
        for format in [ExpositionFormat.openMetrics, .protobuf] {
            let exposition = try readBack(ExpositionForm(format)) { writer in
                writer.emit(family(.counter, "c_total"), .none, 2, exemplar: exemplar)
            }
            let read = try #require(exposition.families.first?.samples.first?.exemplar?.timestamp)
            #expect(read == Int64((time * 1000).rounded()), "\(format)")
        }
    }

    /// Each stands within its bucket; those that don't are not written.
    @Test func aHistogramsExemplars() throws {
        func exemplar(_ value: Double) throws -> Exemplar { try #require(Exemplar([("t", "x")], value: value)) }
        func written(_ exemplars: [Exemplar?]) throws -> [Double?] {
            let histogram = HistogramSnapshot(
                bounds: [1, 2],
                cumulativeCounts: [1, 2],
                count: 3,
                sum: 4,
                exemplars: exemplars
            )
            var read: [[Double?]] = []
            for format in [ExpositionFormat.openMetrics, .protobuf] {
                let exposition = try readBack(ExpositionForm(format)) {
                    $0.emit(family(.histogram, "h"), .none, histogram)
                }
                read.append(exposition.families[0].samples.prefix(3).map { $0.exemplar?.value })
            }
            #expect(read[0] == read[1])
            return read[0]
        }
        #expect(try written([exemplar(1), exemplar(2), exemplar(3)]) == [1, 2, 3])
        #expect(try written([exemplar(-1), nil, exemplar(.infinity)]) == [-1, nil, .infinity])
        #expect(try written([exemplar(1.5), exemplar(1), exemplar(2)]) == [nil, nil, nil])
        #expect(try written([exemplar(.nan), exemplar(.nan), exemplar(.nan)]) == [nil, nil, nil])
        #expect(try written([exemplar(0.5)]) == [0.5, nil, nil])
    }

    /// A name that the scheme makes longer may make the exemplar too long for any scraper.
    @Test(arguments: forms)
    func anExemplarsLabelsAreEscapedToo(form: ExpositionForm) throws {
        let exemplar = try #require(Exemplar([("trace.id", .text(String(repeating: "x", count: 116)))], value: 1))
        let exposition = try readBack(form) { $0.emit(family(.counter, "c_total"), .none, 2, exemplar: exemplar) }
        let labels = try #require(exposition.families.first?.samples.first).exemplar?.labels.map(\.name)
        guard form.format == .openMetrics || form.format == .protobuf else {
            #expect(labels == nil)
            return
        }
        switch form.escaping {
        case .underscores: #expect(labels == ["trace_id"])
        case .dots: #expect(labels == ["trace_dot_id"])
        case .values: #expect(labels == nil)
        case .allowUTF8: #expect(labels == ["trace.id"])
        }
    }

    // MARK: When counting began

    @Test func createdSeriesAreWrittenOnlyWhenAskedFor() {
        func write(_ writer: inout MetricWriter) {
            writer.emit(family(.counter, "c_total"), LabelSet([("l", "x")]), 2, created: 1_700_000_000.5)
            writer.emit(family(.counter, "d_total"), .none, 2)
            writer.emit(family(.gauge, "g"), .none, 2, created: 5)
            writer.emit(family(.histogram, "h"), LabelSet([("l", "x")]), RoundTripTests.histogram)
            writer.emit(family(.summary, "s"), .none, RoundTripTests.summary)
        }
        let form = ExpositionForm(.openMetrics)
        #expect(!written(form, write).contains("_created"))
        #expect(
            written(form, writesCreatedSeries: true, write).samples.filter { $0.contains("_created") } == [
                #"c_created{l="x"} 1700000000.500"#, #"h_created{l="x"} 1700000000.500"#,
                "s_created 1700000000.500",
            ]
        )
        for format in [ExpositionFormat.text, .utf8Text] {
            #expect(!written(ExpositionForm(format), writesCreatedSeries: true, write).contains("_created"))
        }
    }

    @Test func aCreatedSeriesOfANameInQuotes() {
        let form = ExpositionForm(.openMetrics, escaping: .allowUTF8)
        let text = written(form, writesCreatedSeries: true) { writer in
            writer.emit(family(.counter, "c.d_total"), LabelSet([("l", "x")]), 2, created: 5)
            writer.emit(family(.counter, "c.d_total"), .none, 3, created: 6)
        }
        #expect(
            text.lines == [
                #"# TYPE "c.d" counter"#, #"# HELP "c.d" Help."#, #"{"c.d_total",l="x"} 2.0"#,
                #"{"c.d_created",l="x"} 5.000"#, #"{"c.d_total"} 3.0"#, #"{"c.d_created"} 6.000"#, "# EOF",
            ]
        )
    }
}
