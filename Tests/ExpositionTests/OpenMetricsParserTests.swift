import Exposition
import Testing

@Suite struct OpenMetricsParserTests {
    // MARK: Good input

    @Test func readsEveryType() throws {
        let families = try OpenMetricsParser.parse(Array(openMetricsExample.utf8)).families
        #expect(
            families.map(\.name) == [
                "acme_http_requests", "temperature_celsius", "request_seconds", "rpc_seconds", "build", "feature",
                "odd",
            ]
        )
        #expect(families.map(\.type) == [.counter, .gauge, .histogram, .summary, .info, .stateSet, .untyped])
        #expect(families[0].help == #"Requests to "acme" \ all"#)
        #expect(families[0].samples.map(\.name) == ["acme_http_requests_total", "acme_http_requests_created"])
        #expect(families[0].samples[0].exemplar == .init(labels: [.init("trace_id", "KOO5S4vxi0o")], value: 0.67))
        #expect(families[1].unit == "celsius")
        #expect(families[1].samples[0].timestamp == -1500)
        #expect(families[2].samples[0].timestamp == 1_520_879_607_789)
        #expect(families[2].samples[0].exemplar == .init(labels: [], value: 9.8, timestamp: 1_520_879_607_789))
        #expect(
            families[2].samples.map(\.name).suffix(3) == [
                "request_seconds_sum", "request_seconds_count", "request_seconds_created",
            ]
        )
        #expect(families[4].samples[0].name == "build_info")
        #expect(families[5].samples.map { $0[label: "feature"] } == ["a", "b"])
        #expect(families[6].samples[0].value.isNaN)
    }

    @Test(arguments: [
        "", "# TYPE a gauge\n", "# HELP a \n# TYPE a gauge\n# UNIT a \na 1\n", "# UNIT a_b_c b_c\n", "a{} 1\n",
        "a 1 1e3\n",
        "a{x=\"\"} 1\n", "a_total 1\n", "a_info 2\n", "# TYPE a counter\na_total +Inf\n",
        "# TYPE a counter\na_total 1 2 # {} 3 4.5\n", "# TYPE a counter\na_total 1 # {} -Inf\n", "a 1 .5\n",
        "a 1 -1.\n",
        "# TYPE a stateset\na{a=\"x\",y=\"z\"} 0\n", "# TYPE s summary\ns{quantile=\"1.0\"} NaN\n",
    ]) func takes(_ text: String) throws {
        _ = try OpenMetricsParser.parse(Array((text + "# EOF\n").utf8))
    }

    @Test(arguments: UInt8.min...UInt8.max) func takesEveryByteOfTextInLabelValues(_ byte: UInt8) throws {
        let input = Array("a{x=\"<".utf8) + [byte] + Array(">\"} 1\n# EOF\n".utf8)
        switch byte {
        case UInt8(ascii: "\n"), UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x80...0xFF:
            #expect(throws: ParseError.self) { try OpenMetricsParser.parse(input) }
        default:
            let value = try OpenMetricsParser.parse(input).families.first?.samples.first?[label: "x"]
            #expect(value.map { Array($0.utf8) } == [UInt8(ascii: "<"), byte, UInt8(ascii: ">")])
        }
    }

    // MARK: Bad input

    @Test(arguments: [
        // The end
        ("", 1, 1, "does not end in # EOF"),
        ("a 1\n", 1, 4, "does not end in # EOF"),
        ("# EOF", 1, 6, "the last line does not end"),
        ("# EOF \n", 1, 6, "the end of the line after # EOF"),
        ("#EOF\n", 1, 2, "expected one blank"),
        ("# EOF\n# EOF\n", 2, 1, "after # EOF"),
        ("# EOF\n\n", 2, 1, "after # EOF"),
        ("# EOF\na 1\n", 2, 1, "after # EOF"),
        // Lines
        ("\n# EOF\n", 1, 1, "an empty line"),
        ("# note\n", 1, 3, "a comment"),
        ("#\n", 1, 2, "expected one blank"),
        ("a 1\r\n", 1, 4, "CR LF"),
        (" a 1\n", 1, 1, "expected a metric name"),
        // Blanks
        ("#  TYPE a gauge\n", 1, 3, "a comment"),
        ("#\tTYPE a gauge\n", 1, 2, "expected one blank"),
        ("# TYPE  a gauge\n", 1, 8, "expected a metric name"),
        ("# TYPE a\tgauge\n", 1, 9, "expected one blank"),
        ("# TYPE a  gauge\n", 1, 10, "no type"),
        ("# TYPE a gauge \n", 1, 15, "the end of the line after the type"),
        ("# HELP a\n", 1, 9, "expected one blank"),
        ("a  1\n", 1, 3, "expected the value"),
        ("a\t1\n", 1, 2, "expected one blank"),
        ("a{x=\"1\"}1\n", 1, 9, "expected one blank"),
        ("a {x=\"1\"} 1\n", 1, 3, "is no number"),
        ("a{ x=\"1\"} 1\n", 1, 3, "expected a label name"),
        ("a{x =\"1\"} 1\n", 1, 4, "expected '='"),
        ("a{x= \"1\"} 1\n", 1, 5, "expected '\"'"),
        ("a{x=\"1\", y=\"2\"} 1\n", 1, 9, "expected a label name"),
        ("a{x=\"1\",} 1\n", 1, 9, "expected a label name"),
        ("a 1 \n", 1, 5, "expected the timestamp"),
        ("a 1\t2\n", 1, 4, "expected one blank"),
        ("a 1  2\n", 1, 5, "expected the timestamp"),
        ("a 1 2 \n", 1, 7, "expected '#'"),
        ("a 1 2 3\n", 1, 7, "expected '#'"),
        // Metadata
        ("# TYPE a gaugehistogram\n", 1, 10, "gaugehistogram is not read"),
        ("# TYPE a untyped\n", 1, 10, "no type \"untyped\""),
        ("# TYPE a gauge\n# TYPE a gauge\n", 2, 8, "a second TYPE"),
        ("# HELP a x\n# HELP a x\n", 2, 8, "a second HELP"),
        ("# UNIT a_b b\n# UNIT a_b b\n", 2, 8, "a second UNIT"),
        ("a 1\n# HELP a x\n", 2, 8, "after samples"),
        ("a 1\n# UNIT a x\n", 2, 8, "after samples"),
        ("# HELP a \"x\n", 1, 10, "write it as \\\""),
        ("# HELP a \\x\n", 1, 10, "an escape other than"),
        ("# UNIT a_seconds bytes\n", 1, 8, "does not end the name"),
        ("# UNIT seconds seconds\n", 1, 8, "does not end the name"),
        ("# UNIT a é\n", 1, 10, "cannot be part of a name"),
        ("# UNIT a_b b \n", 1, 13, "the end of the line"),
        ("# UNIT a_b b\n# TYPE a_b info\n", 2, 8, "has a unit"),
        ("# TYPE a_b stateset\n# UNIT a_b b\n", 2, 8, "has a unit"),
        // Families
        ("# TYPE a gauge\n# TYPE b gauge\na 1\n", 3, 1, "lines of another family"),
        ("a 1\nb 1\na 2\n", 3, 1, "lines of another family"),
        ("# TYPE a counter\n# TYPE a_created gauge\n", 2, 8, "belongs to the counter"),
        ("# TYPE a_info gauge\n# TYPE a info\n", 2, 8, "clashes"),
        // Samples of a type
        ("# TYPE a counter\na 1\n", 2, 1, "end in one of _total, _created"),
        ("# TYPE a_total counter\na_total 1\n", 2, 1, "end in one of _total, _created"),
        ("# TYPE a counter\na_total -1\n", 2, 1, "starts at 0"),
        ("# TYPE a counter\na_total NaN\n", 2, 1, "starts at 0"),
        ("# TYPE a info\na 1\n", 2, 1, "end in one of _info"),
        ("# TYPE a info\na_info 2\n", 2, 1, "always 1"),
        ("# TYPE a stateset\na 1\n", 2, 1, "which state"),
        ("# TYPE a stateset\na{a=\"x\"} 0.5\n", 2, 1, "0 or 1"),
        ("# TYPE h histogram\nh_bucket 1\n", 2, 1, "has no label le"),
        ("# TYPE h histogram\nh_created{le=\"1\"} 1\n", 2, 1, "leave it out"),
        ("# TYPE s summary\ns 1\n", 2, 1, "has no label quantile"),
        // Timestamps
        ("a 1 NaN\n", 1, 5, "out of range"),
        ("a 1 +Inf\n", 1, 5, "out of range"),
        ("a 1 1e300\n", 1, 5, "out of range"),
        ("a 1 -1e15\n", 1, 5, "out of range"),
        ("a 1 now\n", 1, 5, "is no number"),
        // Exemplars
        ("a 1 # {} 1\n", 1, 1, "has an exemplar"),
        ("# TYPE h histogram\nh_sum 1 # {} 1\n", 2, 1, "has an exemplar"),
        ("# TYPE a counter\na_total 1 #{} 1\n", 2, 12, "expected one blank after '#'"),
        ("# TYPE a counter\na_total 1 # 1\n", 2, 13, "expected '{'"),
        ("# TYPE a counter\na_total 1 # {}\n", 2, 15, "expected one blank"),
        ("# TYPE a counter\na_total 1 # {} \n", 2, 16, "expected the exemplar's value"),
        ("# TYPE a counter\na_total 1 # {} 1 \n", 2, 18, "expected the timestamp"),
        ("# TYPE a counter\na_total 1 # {} 1 2 3\n", 2, 19, "the end of the line after the exemplar"),
        ("# TYPE a counter\na_total 1 # {} 1 NaN\n", 2, 18, "out of range"),
        ("# TYPE a counter\na_total 1 # {} 1 # {} 1\n", 2, 18, "is no number"),
    ]) func refuses(_ text: String, line: Int, column: Int, message: String) {
        let error = #expect(throws: ParseError.self) { try OpenMetricsParser.parse(Array(text.utf8)) }
        #expect(error?.line == line)
        #expect(error?.column == column)
        #expect(error?.message.contains(message) == true, "\(error?.description ?? "no error")")
    }

    @Test(arguments: [(125, true), (126, false)]) func countsTheCharactersOfExemplars(_ count: Int, isTaken: Bool) {
        let value = String(repeating: "ü", count: count)
        let text = "# TYPE a counter\na_total 1 # {abc=\"\(value)\"} 1\n# EOF\n"
        #expect(((try? OpenMetricsParser.parse(Array(text.utf8))) != nil) == isTaken)
    }
}

let openMetricsExample = """
    # TYPE acme_http_requests counter
    # HELP acme_http_requests Requests to \\"acme\\" \\\\ all
    acme_http_requests_total{code="200"} 17.0 # {trace_id="KOO5S4vxi0o"} 0.67
    acme_http_requests_created{code="200"} 1.520872607123e+09
    # UNIT temperature_celsius celsius
    # TYPE temperature_celsius gauge
    temperature_celsius{room="a\\nb"} -3.5 -1.5
    # HELP request_seconds Time.
    # UNIT request_seconds seconds
    # TYPE request_seconds histogram
    request_seconds_bucket{le="10.0"} 1 1520879607.789 # {} 9.8 1520879607.789
    request_seconds_bucket{le="+Inf"} 2 # {trace_id="x",span_id="y"} 12 1.5
    request_seconds_sum 21.8
    request_seconds_count 2
    request_seconds_created 1520430000.123
    # TYPE rpc_seconds summary
    rpc_seconds{quantile="0.95"} 123.7
    rpc_seconds_count 10
    rpc_seconds_sum 1000
    # TYPE build info
    build_info{version="8.2.7"} 1
    # TYPE feature stateset
    feature{feature="a"} 1
    feature{feature="b"} 0
    # TYPE odd unknown
    odd NaN
    # EOF

    """
