import Testing

@testable import Exposition

/// What Prometheus makes of odd expositions, and what that means here: our writer never writes them, which the strict
/// readers show that read all it writes (`RoundTripTests`, `ParserFuzzTests`), and these readers treat them as said.
///
/// Where a server takes what a reader here refuses, another scraper may not: the strict form is what all agree on.
struct GrammarTests {
    @Test(arguments: GrammarRow.text.indices)
    func rowOfText(index: Int) {
        let row = GrammarRow.text[index]
        #expect(((try? read(Array(row.text.utf8), .text)) != nil) == row.isRead, "\(row.what)")
    }

    @Test(arguments: GrammarRow.openMetrics.indices)
    func rowOfOpenMetrics(index: Int) {
        let row = GrammarRow.openMetrics[index]
        #expect(((try? read(Array(row.text.utf8), .openMetrics)) != nil) == row.isRead, "\(row.what)")
    }

    /// What is not UTF-8 can't stand in a Swift literal.
    @Test(arguments: [ExpositionFormat.text, .utf8Text, .openMetrics])
    func bytesThatAreNotUTF8(format: ExpositionFormat) {
        let end = format == .openMetrics ? Array("# EOF\n".utf8) : []
        for line in ["a{l=\"\u{1}\"} 1.0\n", "# HELP a \u{1}\n"] {
            #expect((try? read(Array(line.utf8) + end, format)) != nil)
            let bytes = line.utf8.map { $0 == 1 ? 0xFF : $0 } + end
            #expect((try? read(bytes, format)) == nil)
        }
    }

    /// Text format 1.0.0 and OpenMetrics let names stand in quotes; 0.0.4 does not.
    @Test(arguments: [
        ("{\"a.b\"} 1.0\n", true), ("{\"a.b\",l=\"1\"} 1.0\n", true), ("{\"a.b\",\"l.m\"=\"1\"} 1.0\n", true),
        ("a{\"l.m\"=\"1\"} 1.0\n", true), ("# TYPE \"a.b\" gauge\n{\"a.b\"} 1.0\n", true), ("{\"\"} 1.0\n", false),
        ("{\"a.b\" 1.0\n", false), ("{l=\"1\"} 1.0\n", false), ("{l=\"1\",\"a.b\"} 1.0\n", false),
        ("\"a.b\" 1.0\n", false), ("{\"a\\tb\"} 1.0\n", false),
    ])
    func namesInQuotes(text: String, isRead: Bool) {
        #expect((try? read(Array(text.utf8), .text)) == nil)
        #expect(((try? read(Array(text.utf8), .utf8Text)) != nil) == isRead)
        #expect(((try? read(Array((text + "# EOF\n").utf8), .openMetrics)) != nil) == isRead)
    }

    // MARK: What the writer does instead

    /// Types that only OpenMetrics knows are gauges, or untyped, to the others.
    @Test func typesThatTextDoesNotKnow() {
        let text = written { writer in
            writer.emit(family(.info, "a_info"), .none, 1)
            writer.emit(family(.stateSet, "b", labels: ["b"]), LabelSet([("b", "x")]), 1)
            writer.emit(family(.untyped, "c"), .none, 1)
        }
        #expect(
            text.lines.filter { $0.hasPrefix("# TYPE") } == [
                "# TYPE a_info gauge", "# TYPE b gauge", "# TYPE c untyped",
            ]
        )
    }

    /// Values of `le` that a server takes for the same are the same bucket here too.
    @Test(arguments: forms)
    func boundsThatAreTheSameNumber(form: ExpositionForm) throws {
        let text = "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 2\nh_bucket{le=\"+Inf\"} 3\n"
        let parsed = try #require(try TextParser.parse(Array(text.utf8)).families.first)
        let exposition = try readBack(form) { writer in
            for (labels, value) in parsed.values { writer.emit(family(.histogram, "h"), LabelSet(labels), value) }
        }
        #expect(exposition.families[0].samples.filter { $0.name == "h_bucket" }.map(\.value) == [1, 3])
    }

    /// No line begins with a blank, is empty, or has two blanks between its parts; no exposition but OpenMetrics' has an
    /// end; and no sample has a time.
    @Test(arguments: forms.filter { $0.format != .protobuf })
    func theShapeOfALine(form: ExpositionForm) throws {
        var writer = MetricWriter(form: form)
        try GoldenTests.writeAll(&writer)
        let text = ExpositionTests.text([writer])
        #expect(text.hasSuffix("\n"))
        #expect(text.hasSuffix("# EOF\n") == (form.format == .openMetrics))
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            #expect(!line.isEmpty && !line.hasPrefix(" ") && !line.contains("  ") && !line.contains("\r"))
            guard !line.hasPrefix("#"), let end = line.lastIndex(of: "}") else { continue }
            let rest = line.firstRange(of: " # ").map { line[..<$0.lowerBound] } ?? line
            if end < rest.endIndex { #expect(rest[end...].split(separator: " ").count == 2) }
        }
    }
}
