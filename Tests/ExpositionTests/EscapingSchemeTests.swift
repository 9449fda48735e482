import Testing

@testable import Exposition

/// Names become what client_golang's `EscapeName` makes of them, and a label's name never has a colon.
struct EscapingSchemeTests {
    /// A name and what each scheme but allow-utf-8, which changes nothing, makes of it.
    private static let names: [(name: String, underscores: String, dots: String, values: String)] = [
        ("plain", "plain", "plain", "plain"),
        ("a9", "a9", "a9", "a9"),
        ("no:escaping_required", "no:escaping_required", "no:escaping__required", "no:escaping_required"),
        ("_", "_", "__", "_"),
        ("__a__", "__a__", "____a____", "__a__"),
        (":", ":", ":", ":"),
        ("a.b", "a_b", "a_dot_b", "U__a_2e_b"),
        (".", "_", "_dot_", "U___2e_"),
        ("..", "__", "_dot__dot_", "U___2e__2e_"),
        (
            "mysystem.prod.west.cpu.load", "mysystem_prod_west_cpu_load",
            "mysystem_dot_prod_dot_west_dot_cpu_dot_load", "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load"
        ),
        (
            "mysystem.prod.west.cpu.load_total", "mysystem_prod_west_cpu_load_total",
            "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total",
            "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total"
        ),
        ("http.status:sum", "http_status:sum", "http_dot_status:sum", "U__http_2e_status:sum"),
        ("label with 😱", "label_with__", "label__with____", "U__label_20_with_20__1f631_"),
        ("花火", "__", "____", "U___82b1__706b_"),
        ("label with \u{100}", "label_with__", "label__with____", "U__label_20_with_20__100_"),
        // A digit may follow, but not begin.
        ("1", "_", "__", "U___31_"),
        ("1a2", "_a2", "__a2", "U___31_a2"),
        ("é1", "_1", "__1", "U___e9_1"),
        // One character, two code points: each is escaped for itself.
        ("e\u{301}", "e_", "e__", "U__e_301_"),
        ("\u{0}", "_", "__", "U___0_"),
        ("a\nb", "a_b", "a__b", "U__a_a_b"),
        ("a\r\nb", "a__b", "a____b", "U__a_d__a_b"),
        ("a\"b\\c", "a_b_c", "a__b__c", "U__a_22_b_5c_c"),
        ("a{b=\"c\"}", "a_b__c__", "a__b____c____", "U__a_7b_b_3d__22_c_22__7d_"),
        ("\u{FFFD}", "_", "__", "U___fffd_"),
        ("\u{10FFFF}", "_", "__", "U___10ffff_"),
        ("U__a_2e_b", "U__a_2e_b", "U____a__2e__b", "U__a_2e_b"),
        ("", "", "", ""),
    ]

    @Test(arguments: names.indices)
    func aMetricsName(row: Int) {
        let (name, underscores, dots, values) = Self.names[row]
        #expect(EscapingScheme.underscores.escaped(name) == underscores)
        #expect(EscapingScheme.dots.escaped(name) == dots)
        #expect(EscapingScheme.values.escaped(name) == values)
        #expect(EscapingScheme.allowUTF8.escaped(name) == name)
    }

    @Test(arguments: names.indices)
    func aLabelsNameWithoutColons(row: Int) {
        let (name, underscores, dots, values) = Self.names[row]
        guard !name.utf8.contains(UInt8(ascii: ":")) else { return }
        #expect(EscapingScheme.underscores.escaped(label: name) == underscores)
        #expect(EscapingScheme.dots.escaped(label: name) == dots)
        #expect(EscapingScheme.values.escaped(label: name) == values)
        #expect(EscapingScheme.allowUTF8.escaped(label: name) == name)
    }

    @Test(arguments: [
        ("a:b", "a_b", "a__b", "U__a_3a_b"), (":", "_", "__", "U___3a_"),
        ("a:b_c", "a_b_c", "a__b__c", "U__a_3a_b__c"),
    ])
    func aLabelsNameWithColons(name: String, underscores: String, dots: String, values: String) {
        #expect(EscapingScheme.underscores.escaped(label: name) == underscores)
        #expect(EscapingScheme.dots.escaped(label: name) == dots)
        #expect(EscapingScheme.values.escaped(label: name) == values)
        #expect(EscapingScheme.allowUTF8.escaped(label: name) == name)
    }

    /// Whatever comes in, what goes out can be written without quotes.
    @Test(arguments: [EscapingScheme.underscores, .dots, .values])
    func randomNamesBecomePlain(scheme: EscapingScheme) {
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 1...12)).map { _ in UInt8.random(in: .min ... .max) }
            let name = String(decoding: bytes, as: UTF8.self)
            #expect(EscapingScheme.isPlain(scheme.escaped(name).utf8), "\(bytes)")
            #expect(!scheme.escaped(label: name).utf8.contains(UInt8(ascii: ":")), "\(bytes)")
        }
    }

    @Test func theValuesSchemeTellsAllNamesApart() {
        var names: Set<String> = []
        for scalar in (UInt32(0)...0x2FF).compactMap({ Unicode.Scalar($0) }) {
            let name = EscapingScheme.values.escaped("é\(scalar)a")
            #expect(names.insert(name).inserted, "\(scalar.value)")
        }
    }

    // MARK: Two that become one

    /// `a.b` and `a_b` are one family to who can't have dots: what is new in the second stands with the first.
    @Test(arguments: forms)
    func familiesThatBecomeOneAreWrittenOnce(form: ExpositionForm) throws {
        var writer = MetricWriter(form: form)
        let labels = [ParsedSample.Label("l", "1")]
        writer.emit(family(.gauge, "a.b", help: "With a dot."), LabelSet(labels), 1)
        writer.emit(family(.gauge, "a_b", help: "With a line."), LabelSet(labels), 2)
        writer.emit(family(.gauge, "a_b", help: "With a line."), .none, 3)
        var bytes: [UInt8] = []
        let defects = MetricWriter.join([writer], into: &bytes)
        let families = try read(bytes, form.format).families
        if form.escaping == .underscores {
            #expect(families.map(\.name) == ["a_b"])
            #expect(families[0].samples.map(\.value) == [1, 3])
            #expect(families[0].help == "With a dot.")
            #expect(defects.duplicates == 1)
        } else {
            #expect(families.count == 2)
            #expect(families.flatMap(\.samples).map(\.value).sorted() == [1, 2, 3])
            #expect(defects == MetricWriter.Defects())
        }
    }

    @Test(arguments: forms)
    func familiesOfTwoTypesThatBecomeOneAreNotMixed(form: ExpositionForm) throws {
        var writer = MetricWriter(form: form)
        writer.emit(family(.gauge, "a.b"), .none, 1)
        writer.emit(family(.untyped, "a_b"), .none, 2)
        var bytes: [UInt8] = []
        let defects = MetricWriter.join([writer], into: &bytes)
        let families = try read(bytes, form.format).families
        #expect(families.count == (form.escaping == .underscores ? 1 : 2))
        #expect(defects.conflicts == (form.escaping == .underscores ? 1 : 0))
    }

    @Test(arguments: forms)
    func labelsThatBecomeOneAreWrittenOnce(form: ExpositionForm) throws {
        let labels = LabelSet([("l.x", "1"), ("l_x", "2"), ("l:x", "3"), ("m", "4")])
        let exposition = try readBack(form) { $0.emit(family(.gauge, "a"), labels, 1) }
        let names = try #require(exposition.families.first?.samples.first).labels.map(\.name)
        let expected: [String] =
            switch form.escaping {
            case .underscores: ["l_x", "m"]
            case .dots: ["l_dot_x", "l__x", "m"]
            case .values: ["U__l_2e_x", "l_x", "U__l_3a_x", "m"]
            case .allowUTF8: ["l.x", "l_x", "l:x", "m"]
            }
        #expect(names == expected)
    }

    /// `{l.x="1"}` and `{l_x="1"}` of one family are then one series, of which the first is written.
    @Test(arguments: forms)
    func seriesThatBecomeOneAreWrittenOnce(form: ExpositionForm) throws {
        let gauge = family(.gauge, "a")
        var writer = MetricWriter(form: form)
        writer.emit(gauge, LabelSet([("l.x", "1")]), 1)
        writer.emit(gauge, LabelSet([("l_x", "1")]), 2)
        let isOne = form.escaping == .underscores
        #expect(writer.defects.duplicates == (isOne ? 1 : 0))
        #expect(try readBack([writer]).families[0].samples.map(\.value) == (isOne ? [1] : [1, 2]))
    }

    /// The labels of a declaration go another way than those that were rendered before.
    @Test(arguments: forms)
    func theLabelsOfADeclarationAreEscapedToo(form: ExpositionForm) throws {
        let metric = Metric(.gauge, "a", "Help.", labels: ["l.x", "l_x", "ok"])
        let exposition = try readBack(form) { $0.emit(metric, 1, ["1", "2", "3"]) }
        let rendered = try readBack(form) {
            $0.emit(metric.family, LabelSet([("l.x", "1"), ("l_x", "2"), ("ok", "3")]), 1)
        }
        #expect(exposition == rendered)
    }

    /// Letters that only look alike are different names.
    @Test(arguments: forms)
    func namesThatLookAlikeStayApart(form: ExpositionForm) throws {
        let labels = LabelSet([.init("\u{E9}", "1"), .init("e\u{301}", "2")])
        let exposition = try readBack(form) { writer in
            writer.emit(family(.gauge, "\u{E9}"), labels, 1)
            writer.emit(family(.gauge, "e\u{301}"), labels, 2)
        }
        #expect(exposition.families.count == 2)
        for family in exposition.families { #expect(family.samples.map(\.labels.count) == [2]) }
    }

    // MARK: Labels that no scraper takes

    @Test(arguments: forms)
    func theLabelOfTheMetricsNameIsLeftOut(form: ExpositionForm) throws {
        let labels = [
            LabelSet([("__name__", "x"), ("l", "1")]), LabelSet([.init("__name__", "x"), .init("l", "1")]),
        ]
        for labels in labels {
            let exposition = try readBack(form) { $0.emit(family(.gauge, "a"), labels, 1) }
            #expect(exposition.families[0].samples[0].labels.map(\.value) == ["1"])
        }
        let metric = Metric(.gauge, "a", "Help.", labels: ["__name__", "l"])
        let exposition = try readBack(form) { $0.emit(metric, 1, ["x", "1"]) }
        #expect(exposition.families[0].samples[0].labels.map(\.value) == ["1"])
    }

    @Test(arguments: forms)
    func aLabelWithoutANameGetsOne(form: ExpositionForm) throws {
        let exposition = try readBack(form) { $0.emit(family(.gauge, "a"), LabelSet([("", "1")]), 1) }
        #expect(exposition.families[0].samples[0].labels.map(\.name) == [form.escaping == .dots ? "__" : "_"])
    }

    @Test(arguments: forms)
    func aLabelThatADeclarationHasTwiceIsWrittenOnce(form: ExpositionForm) throws {
        let metric = Metric(.gauge, "a", "Help.", labels: ["l", "l"])
        let exposition = try readBack(form) { $0.emit(metric, 1, ["1", "2"]) }
        #expect(exposition.families[0].samples[0].labels == [.init("l", "1")])
    }
}
