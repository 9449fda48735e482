import Testing

@testable import Exposition

/// Names, labels and templates: what a declaration makes of what it is given.
struct DeclarationTests {
    // MARK: Names

    @Test(arguments: [
        ("node_load1", "node_load1"), ("a:b", "a:b"), (":", ":"), ("_", "_"), ("A9", "A9"), ("", "_"), ("9", "_9"),
        ("9a", "_9a"), ("a b", "a_b"), ("a.b-c", "a_b_c"), ("é", "__"), ("a\nb", "a_b"), ("a{b=\"c\"} 1", "a_b__c___1"),
        ("\u{0}", "_"), ("-1", "_1"), ("Node(x)", "Node_x_"), ("😀", "____"),
    ])
    func namesAreMadeLegal(name: String, expected: String) {
        #expect(MetricFamily(.gauge, name: name, help: "").name == expected)
    }

    @Test func randomNamesAreMadeLegal() {
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...12)).map { _ in UInt8.random(in: .min ... .max) }
            let name = MetricFamily.legalName(String(decoding: bytes, as: UTF8.self))
            #expect(name.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil, "\(bytes) became \(name)")
        }
    }

    // MARK: Rendered labels

    @Test func labelsAreRenderedInTheirOrder() {
        let labels = LabelSet([("b", "2"), ("a", "1"), ("c", .text("x\"y"))])
        #expect(String(decoding: labels.bytes, as: UTF8.self) == #"b="2",a="1",c="x\"y""#)
    }

    @Test func ofANameThatIsRepeatedTheFirstStands() {
        let labels = LabelSet([("a", "1"), ("b", "2"), ("a", "3"), ("a", .bytes([0xFF]))])
        #expect(String(decoding: labels.bytes, as: UTF8.self) == #"a="1",b="2""#)
        #expect(labels.replacedValues == 0)
        let parsed = LabelSet([ParsedSample.Label("x", "1"), .init("x", "2")])
        #expect(String(decoding: parsed.bytes, as: UTF8.self) == #"x="1""#)
    }

    @Test func withoutLabelsThereAreNoBraces() {
        let metric = Metric(.gauge, "m", "Help.")
        let exposition = written { writer in
            writer.emit(metric, 1, LabelSet([ParsedSample.Label]()))
            writer.emit(metric, 2)
        }
        #expect(exposition.samples == ["m 1"])
    }

    @Test func numbersAreLabelValuesToo() {
        #expect(LabelValue(UInt64.max) == .text("18446744073709551615"))
        #expect(LabelValue(-1) == .text("-1"))
        #expect("a\(1)b" as LabelValue == .text("a1b"))
    }

    // MARK: Declarations

    @Test func aDeclarationTellsAllOfItself() {
        let metric: any MetricDeclaration = Metric(.counter, "m_total", "Help.", labels: ["a", "b"])
        #expect(metric.name == "m_total")
        #expect(metric.help == "Help.")
        #expect(metric.type == .counter)
        #expect(metric.labelNames == ["a", "b"])
        let template: any MetricDeclaration = MetricTemplate(.gauge, "m_", "_bytes", labels: ["a"]) { "Field \($0)." }
        #expect(template.name == "m_<field>_bytes")
        #expect(template.help == "Field <field>.")
        #expect(template.type == .gauge)
        #expect(template.labelNames == ["a"])
    }

    // MARK: Templates

    @Test func aTemplateMakesOneFamilyForEachField() {
        let template = MetricTemplate(.gauge, "m_", "_bytes") { "Field \($0)." }
        let metric = template["MemFree"]
        #expect(metric.family.name == "m_MemFree_bytes")
        #expect(metric.family.help == "Field MemFree.")
        #expect(template["MemFree"].family === metric.family)
        #expect(template[ArraySlice("xMemFree".utf8.map { $0 }).dropFirst()].family === metric.family)
        #expect(template["Active(anon)"].family.name == "m_Active_anon__bytes")
        #expect(template[[0xFF, 0x0A]].family.name == "m______bytes")
    }

    @Test func fieldsThatBecomeOneNameAreMerged() {
        let template = MetricTemplate(.gauge, "m_") { "Field \($0)." }
        let exposition = written { writer in
            writer.emit(template["a.b"], 1)
            writer.emit(template["a-b"], 2)
        }
        #expect(exposition.lines == ["# HELP m_a_b Field a.b.", "# TYPE m_a_b gauge", "m_a_b 1"])
    }

    @Test func beyondTheLimitFieldsShareOneFamily() {
        let template = MetricTemplate(.gauge, "m_", "_bytes", labels: ["n"]) { "Field \($0)." }
        let limit = MetricTemplate<1>.fieldLimit
        for field in 0..<limit { _ = template["\(field)"] }
        let other = template["\(limit)"]
        #expect(other.family.name == "m_other_bytes")
        #expect(template["\(limit + 1)"].family === other.family)
        // Those that are known stay known.
        #expect(template["0"].family.name == "m_0_bytes")
        #expect(template["\(limit - 1)"].family.name == "m_\(limit - 1)_bytes")
    }
}
