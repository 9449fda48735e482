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
        #expect(String(decoding: family.header(.text), as: UTF8.self).lines.last == "# TYPE m \(type.textName)")
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
        let family = MetricFamily(.histogram, name: "h", help: "Help.")
        let exposition = written(.openMetrics) { writer in
            writer.emit(family, suffix: "_bucket", 1, LabelSet([("le", "0.5")]))
            writer.emit(family, suffix: "_bucket", 2, LabelSet([("le", "+Inf")]))
            writer.emit(family, suffix: "_sum", 0.75, LabelSet([ParsedSample.Label]()))
            writer.emit(family, suffix: "_count", 2, LabelSet([ParsedSample.Label]()))
        }
        #expect(
            exposition.lines == [
                "# TYPE h histogram", "# HELP h Help.", "h_bucket{le=\"0.5\"} 1.0", "h_bucket{le=\"+Inf\"} 2.0",
                "h_sum 0.75", "h_count 2.0", "# EOF",
            ]
        )
    }
}
