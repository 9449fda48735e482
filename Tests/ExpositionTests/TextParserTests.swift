import Exposition
import Testing

@Suite struct TextParserTests {
    // MARK: Good input

    @Test func takesDisorderOnRequest() throws {
        let text = "# TYPE a gauge\n  a{x=\"1\"} 1\n\tb 2\n \na{x=\"2\"} 3\n  # HELP b B.\n"
        #expect(throws: ParseError.self) { try TextParser.parse(Array(text.utf8)) }
        let ordered = text.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
        let exposition = try TextParser.parse(Array(ordered.utf8), allowsDisorder: true)
        #expect(exposition[family: "a"]?.samples.map(\.value) == [1, 3])
        #expect(exposition[family: "b"]?.samples.map(\.value) == [2])
        // Metadata after samples would be another's: that is no disorder but an error.
        #expect(throws: ParseError.self) { try TextParser.parse(Array(text.utf8), allowsDisorder: true) }
    }

    @Test func readsTheExampleOfTheFormatsDescription() throws {
        let exposition = try TextParser.parse(Array(textExample.utf8))
        #expect(
            exposition.families.map(\.name) == [
                "http_requests_total", "msdos_file_access_time_seconds", "metric_without_timestamp_and_labels",
                "something_weird", "http_request_duration_seconds", "rpc_duration_seconds",
            ]
        )

        let requests = try #require(exposition[family: "http_requests_total"])
        #expect(requests.type == .counter)
        #expect(requests.help == "The total number of HTTP requests.")
        #expect(requests.samples[1][label: "code"] == "400")
        #expect(requests.samples[1].value == 3)
        #expect(requests.samples[1].timestamp == 1_395_066_363_000)

        let escaped = try #require(exposition[family: "msdos_file_access_time_seconds"])
        #expect(escaped.type == .untyped)
        #expect(escaped.help == nil)
        #expect(escaped.samples[0][label: "path"] == #"C:\DIR\FILE.TXT"#)
        #expect(escaped.samples[0][label: "error"] == "Cannot find file:\n\"FILE.TXT\"")

        let histogram = try #require(exposition[family: "http_request_duration_seconds"])
        #expect(histogram.type == .histogram)
        #expect(histogram.samples.count == 8)
        #expect(histogram.samples[5][label: "le"] == "+Inf")

        #expect(exposition[family: "rpc_duration_seconds"]?.samples.last?.name == "rpc_duration_seconds_count")
        #expect(exposition[family: "something_weird"]?.samples.first?.value == .infinity)
    }

    @Test(arguments: [
        "", "\n", "\n\n\n", "#\n", "# \n", "#comment\n", "# EOF\n", "# TYPED a gauge\n", "#\u{1F600} TYPE\n",
    ]) func takesTextWithoutFamilies(_ text: String) throws {
        #expect(try TextParser.parse(Array(text.utf8)) == ParsedExposition())
    }

    @Test(arguments: [
        ("a 1\n", []),
        ("a{} 1\n", []),
        ("a{ } 1\n", []),
        ("a{x=\"\"} 1\n", [ParsedSample.Label("x", "")]),
        ("a{x=\"1\"} 1\n", [.init("x", "1")]),
        ("a{x=\"1\"}1\n", [.init("x", "1")]),
        ("a{x=\"1\",} 1\n", [.init("x", "1")]),
        ("a{b=\"2\",a=\"1\"} 1\n", [.init("b", "2"), .init("a", "1")]),
        ("a\t{ x = \"1\" , _y9\t=\t\"2\" , }\t1\n", [.init("x", "1"), .init("_y9", "2")]),
        ("a{x=\"}\\\\,=\\\"\\n#{\"} 1\n", [.init("x", "}\\,=\"\n#{")]),
        ("a{x=\"\\\\n\"} 1\n", [.init("x", "\\n")]),
        ("a{x=\"ü\u{301}\u{1F1E9}\"} 1\n", [.init("x", "ü\u{301}\u{1F1E9}")]),
        ("a{le=\"x\",quantile=\"y\"} 1\n", [.init("le", "x"), .init("quantile", "y")]),
    ]) func readsLabels(_ text: String, labels: [ParsedSample.Label]) throws {
        #expect(
            try TextParser.parse(Array(text.utf8)).families == [
                ParsedFamily(name: "a", samples: [ParsedSample(name: "a", labels: labels, value: 1)])
            ]
        )
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", -0.0), ("1", 1), ("+1", 1), ("-1", -1), ("007", 7), ("1.", 1), (".5", 0.5), ("-.5e1", -5),
            ("1e3", 1000), ("1E+3", 1000), ("1.e-3", 0.001), ("1e+06", 1_000_000),
            ("123456789012345678", 123_456_789_012_345_680),
            ("0.1", 0.1), ("4.9e-324", .leastNonzeroMagnitude), ("1e-400", 0),
            ("1.7976931348623157e308", .greatestFiniteMagnitude),
            // Rounding: just under and just over half of the smallest number; ties to even.
            ("2.4703282292062327e-324", 0), ("2.4703282292062328e-324", .leastNonzeroMagnitude),
            ("9007199254740993", 9_007_199_254_740_992),
            ("9007199254740993.00000000000000000000000000001", 9_007_199_254_740_994),
            ("Inf", .infinity), ("inf", .infinity), ("+Inf", .infinity), ("-INF", -.infinity), ("infinity", .infinity),
            ("+Infinity", .infinity), ("-iNfInItY", -.infinity), ("NaN", .nan), ("nan", .nan), ("NAN", .nan),
        ] as [(String, Double)]
    ) func readsValues(_ text: String, value: Double) throws {
        let read = try #require(try TextParser.parse(Array("a \(text)\n".utf8)).families.first?.samples.first?.value)
        #expect(read == value || read.isNaN && value.isNaN)
        #expect(read.sign == value.sign)
    }

    @Test(arguments: [
        "", "e", "e5", ".", "-", "+", "+-1", "--1", "1e", "1e+", "1e1.5", "1.2.3", "0x1p3", "0x10", "1_000", "1,5",
        "1e999", "-1e309", "1.7976931348623159e308", "+nan", "-NaN", "infi", "infinit", "infinityy", "in", "nano", "1f",
        "1d", "١", "½", "1\u{A0}", "1\r", "1\0", "true", "\"1\"",
    ]) func refusesValues(_ text: String) {
        let error = #expect(throws: ParseError.self) { try TextParser.parse(Array("a \(text)\n".utf8)) }
        #expect(error?.line == 1)
        #expect((3...4).contains(error?.column ?? 0))
    }

    @Test func readsAllThatAFamilyHas() throws {
        let metadata = "# HELP  a  two\\nlines \\\\ \"x\" \n#\tTYPE\ta\tgauge\n"
        let text = metadata + "a 1 \t+5\n\n# note\na{x=\"1\"} 2 9223372036854775807\n"
        #expect(
            try TextParser.parse(Array(text.utf8)).families == [
                ParsedFamily(
                    name: "a",
                    help: "two\nlines \\ \"x\" ",
                    type: .gauge,
                    samples: [
                        ParsedSample(name: "a", value: 1, timestamp: 5),
                        ParsedSample(name: "a", labels: [.init("x", "1")], value: 2, timestamp: .max),
                    ]
                )
            ]
        )
    }

    @Test func groupsSamplesByTypeAndName() throws {
        let text = """
            # HELP h
            # TYPE s summary
            # TYPE h histogram
            h_bucket{le="+Inf"} 1
            h_sum 1
            h_count 1
            h_created 1
            s_sum 1
            s_count 1
            s_bucket 1
            free_count 1
            free_sum 1
            _count 1
            # TYPE g gauge
            # TYPE g_bucket untyped
            g_bucket 1

            """
        let families = try TextParser.parse(Array(text.utf8)).families
        #expect(
            families.map(\.name) == [
                "h", "s", "h_created", "s_bucket", "free_count", "free_sum", "_count", "g", "g_bucket",
            ]
        )
        #expect(families[0].help?.isEmpty == true)
        #expect(families[0].samples.map(\.name) == ["h_bucket", "h_sum", "h_count"])
        #expect(families[7].samples.isEmpty)
    }

    @Test(arguments: UInt8.min...UInt8.max) func takesEveryByteOfTextInLabelValues(_ byte: UInt8) throws {
        let input = Array("a{x=\"<".utf8) + [byte] + Array(">\"} 1\n".utf8)
        switch byte {
        case UInt8(ascii: "\n"), UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x80...0xFF:
            #expect(throws: ParseError.self) { try TextParser.parse(input) }
        default:
            let value = try TextParser.parse(input).families.first?.samples.first?[label: "x"]
            #expect(value.map { Array($0.utf8) } == [UInt8(ascii: "<"), byte, UInt8(ascii: ">")])
        }
    }

    // MARK: Bad input

    @Test(arguments: [
        // Lines
        ("a 1", 1, 4, "does not end"),
        ("a 1\nb", 2, 2, "does not end"),
        ("a 1\r\n", 1, 4, "CR LF"),
        ("# HELP a b\r\n", 1, 11, "CR LF"),
        ("\n\r\n", 2, 1, "CR LF"),
        (" a 1\n", 1, 1, "starts with a blank"),
        ("\ta 1\n", 1, 1, "starts with a blank"),
        ("a 1\n \n", 2, 1, "starts with a blank"),
        ("\u{FEFF}a 1\n", 1, 1, "found byte 0xEF"),
        // Names
        ("1a 1\n", 1, 1, "expected a metric name"),
        ("é 1\n", 1, 1, "found byte 0xC3"),
        ("aé 1\n", 1, 2, "is no number"),
        ("a-b 1\n", 1, 2, "is no number"),
        ("{x=\"1\"} 1\n", 1, 1, "expected a metric name"),
        ("{\"a\"} 1\n", 1, 1, "expected a metric name"),
        ("\"a\" 1\n", 1, 1, "expected a metric name"),
        // Labels
        ("a{=\"1\"} 1\n", 1, 3, "expected a label name"),
        ("a{,} 1\n", 1, 3, "expected a label name"),
        ("a{x=\"1\",,} 1\n", 1, 9, "expected a label name"),
        ("a{1x=\"1\"} 1\n", 1, 3, "expected a label name"),
        ("a{x:y=\"1\"} 1\n", 1, 4, "expected '='"),
        ("a{ü=\"1\"} 1\n", 1, 3, "expected a label name"),
        ("a{\"x\"=\"1\"} 1\n", 1, 3, "expected a label name"),
        ("a{x} 1\n", 1, 4, "expected '='"),
        ("a{x=1} 1\n", 1, 5, "expected '\"'"),
        ("a{x='1'} 1\n", 1, 5, "expected '\"'"),
        ("a{x=\"1\"y=\"2\"} 1\n", 1, 8, "expected ',' or '}'"),
        ("a{x=\"1\" 1\n", 1, 9, "expected ',' or '}'"),
        ("a{x=\"1\"", 1, 8, "does not end"),
        ("a{x=\"1\n", 1, 5, "close its quote"),
        ("a{x=\"1\n2\"} 1\n", 1, 5, "close its quote"),
        ("a{x=\"a\"b\"} 1\n", 1, 8, "expected ',' or '}'"),
        ("a{x=\"\\t\"} 1\n", 1, 6, "an escape other than"),
        ("a{x=\"a\\\n", 1, 7, "an escape other than"),
        ("a{x=\"1\",y=\"2\",x=\"1\"} 1\n", 1, 15, "a second label \"x\""),
        ("a{__name__=\"b\"} 1\n", 1, 3, "__name__ is reserved"),
        ("a{\n", 1, 3, "found the end of the line"),
        // Values and timestamps
        ("a\n", 1, 2, "expected the value"),
        ("a \n", 1, 3, "expected the value"),
        ("a{x=\"1\"}\n", 1, 9, "expected the value"),
        ("a 0x1p3\n", 1, 3, "is no number"),
        ("a 1_0\n", 1, 3, "is no number"),
        ("a 1 -5\n", 1, 5, "is negative"),
        ("a 1 -0\n", 1, 5, "is negative"),
        ("a 1 1.5\n", 1, 5, "is no 64-bit integer"),
        ("a 1 1e3\n", 1, 5, "is no 64-bit integer"),
        ("a 1 9223372036854775808\n", 1, 5, "is no 64-bit integer"),
        ("a 1 5 6\n", 1, 6, "expected the end of the line"),
        ("a 1 \n", 1, 5, "ends in a blank"),
        ("a 1\t\t\n", 1, 6, "ends in a blank"),
        ("a 1 5 \n", 1, 6, "found a blank"),
        ("a 1 # {x=\"1\"} 1\n", 1, 5, "no exemplars"),
        ("a 1 5 # {x=\"1\"} 1\n", 1, 6, "expected the end of the line"),
        // Metadata
        ("# TYPE\n", 1, 7, "expected a metric name"),
        ("# HELP 1a\n", 1, 8, "expected a metric name"),
        ("# TYPE a-b gauge\n", 1, 9, "expected a blank after the name"),
        ("# TYPE a\n", 1, 9, "no type \"\""),
        ("# TYPE a info\n", 1, 10, "no type \"info\""),
        ("# TYPE a unknown\n", 1, 10, "no type \"unknown\""),
        ("# TYPE a gaugehistogram\n", 1, 10, "no type"),
        ("# TYPE a Gauge\n", 1, 10, "no type \"Gauge\""),
        ("# TYPE a gauge x\n", 1, 15, "expected the end of the line"),
        ("# TYPE a gauge\t\n", 1, 15, "found a tab"),
        ("# TYPE a gauge\n# TYPE a gauge\n", 2, 8, "a second TYPE line"),
        ("# TYPE a untyped\n# TYPE a gauge\n", 2, 8, "a second TYPE line"),
        ("# HELP a x\n# HELP a x\n", 2, 8, "a second HELP line"),
        ("a 1\n# TYPE a gauge\n", 2, 8, "after samples"),
        ("a 1\n# HELP a x\n", 2, 8, "after samples"),
        ("# HELP a C:\\dir\n", 1, 12, "an escape other than"),
        ("# HELP a \\\"x\n", 1, 10, "an escape other than"),
        ("# HELP a x\\\n", 1, 11, "an escape other than"),
        // Families
        ("a 1\nb 1\na 2\n", 3, 1, "lines of another family"),
        ("a 1\n# TYPE b gauge\na 2\n", 3, 1, "lines of another family"),
        ("# TYPE h histogram\nh_sum 1\na 1\nh_count 1\n", 4, 1, "lines of another family"),
        ("# TYPE h histogram\n# TYPE h_sum gauge\n", 2, 8, "belongs to the histogram \"h\""),
        ("# TYPE h_sum gauge\n# TYPE h histogram\n", 2, 8, "clashes with the family \"h_sum\""),
        ("h_count 1\n# TYPE h summary\n", 2, 8, "clashes with the family \"h_count\""),
        // Histograms and summaries
        ("# TYPE h histogram\nh 1\n", 2, 1, "end in one of _bucket, _sum, _count"),
        ("# TYPE h histogram\nh{le=\"1\"} 1\n", 2, 1, "end in one of"),
        ("# TYPE h histogram\nh_bucket 1\n", 2, 1, "has no label le"),
        ("# TYPE h histogram\nh_bucket{le=\"\"} 1\n", 2, 1, "write a number"),
        ("# TYPE h histogram\nh_bucket{le=\"x\"} 1\n", 2, 1, "write a number"),
        ("# TYPE h histogram\nh_bucket{le=\"NaN\"} 1\n", 2, 1, "write a number"),
        ("# TYPE h histogram\nh_sum{le=\"1\"} 1\n", 2, 1, "leave it out"),
        ("# TYPE h histogram\nh_count{le=\"1\"} 1\n", 2, 1, "leave it out"),
        ("# TYPE s summary\ns 1\n", 2, 1, "has no label quantile"),
        ("# TYPE s summary\ns{quantile=\"half\"} 1\n", 2, 1, "write a number"),
        ("# TYPE s summary\ns_count{quantile=\"1\"} 1\n", 2, 1, "leave it out"),
    ]) func refuses(_ text: String, line: Int, column: Int, message: String) {
        let error = #expect(throws: ParseError.self) { try TextParser.parse(Array(text.utf8)) }
        #expect(error?.line == line)
        #expect(error?.column == column)
        #expect(error?.message.contains(message) == true, "\(error?.description ?? "no error")")
    }

    @Test(
        arguments: [
            ([0xFF], 1, 1),
            (Array("a 1\nb{x=\"".utf8) + [0xC3] + Array("\"} 1\n".utf8), 2, 6),
            (Array("# HELP a ".utf8) + [0xE2, 0x82, 0x0A], 1, 10),
            (Array("# note ".utf8) + [0xED, 0xA0, 0x80, 0x0A], 1, 8),
            (Array("# ".utf8) + [0xC0, 0x80, 0x0A], 1, 3),
            (Array("# ".utf8) + [0xF4, 0x90, 0x80, 0x80, 0x0A], 1, 3),
        ] as [([UInt8], Int, Int)]
    ) func refusesInvalidUTF8(_ input: [UInt8], line: Int, column: Int) {
        let error = #expect(throws: ParseError.self) { try TextParser.parse(input) }
        #expect(error?.line == line)
        #expect(error?.column == column)
        #expect(error?.message.contains("UTF-8") == true)
    }

    // MARK: Limits

    @Test func keepsToItsLimits() throws {
        let limits = ParseLimits(bytes: 40, samples: 2, labels: 2)
        let good = ["a 1\nb 1\n", "a{x=\"1\",y=\"2\"} 1\n", "#" + String(repeating: "x", count: 38) + "\n"]
        for text in good { _ = try TextParser.parse(Array(text.utf8), limits: limits) }
        let bad = ["a 1\nb 1\nc 1\n", "a{x=\"1\",y=\"2\",z=\"3\"} 1\n", "#" + String(repeating: "x", count: 39) + "\n"]
        for text in bad { #expect(throws: ParseError.self) { try TextParser.parse(Array(text.utf8), limits: limits) } }
    }

    @Test func saysWhereAndCutsWhatItShows() {
        let name = String(repeating: "n", count: 100_000)
        let error = #expect(throws: ParseError.self) { try TextParser.parse(Array("\n# TYPE \(name) x\n".utf8)) }
        #expect(error == ParseError(line: 2, column: 100_009, message: error?.message ?? ""))
        #expect(error?.description.hasPrefix("line 2, column 100009: no type \"x\"") == true)
        let second = #expect(throws: ParseError.self) {
            try TextParser.parse(Array("\(name) 1\n# TYPE \(name) gauge\n".utf8))
        }
        #expect((second?.description.utf8.count ?? 0) < 200)
    }
}

/// From the format's description, which has the negative timestamp that servers refuse: here it is left out.
let textExample = """
    # HELP http_requests_total The total number of HTTP requests.
    # TYPE http_requests_total counter
    http_requests_total{method="post",code="200"} 1027 1395066363000
    http_requests_total{method="post",code="400"}    3 1395066363000

    # Escaping in label values:
    msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.45825e9

    # Minimalistic line:
    metric_without_timestamp_and_labels 12.47

    # A weird metric from before the epoch:
    something_weird{problem="division by zero"} +Inf

    # A histogram, which has a pretty complex representation in the text format:
    # HELP http_request_duration_seconds A histogram of the request duration.
    # TYPE http_request_duration_seconds histogram
    http_request_duration_seconds_bucket{le="0.05"} 24054
    http_request_duration_seconds_bucket{le="0.1"} 33444
    http_request_duration_seconds_bucket{le="0.2"} 100392
    http_request_duration_seconds_bucket{le="0.5"} 129389
    http_request_duration_seconds_bucket{le="1"} 133988
    http_request_duration_seconds_bucket{le="+Inf"} 144320
    http_request_duration_seconds_sum 53423
    http_request_duration_seconds_count 144320

    # Finally a summary, which has a complex representation, too:
    # HELP rpc_duration_seconds A summary of the RPC duration in seconds.
    # TYPE rpc_duration_seconds summary
    rpc_duration_seconds{quantile="0.01"} 3102
    rpc_duration_seconds{quantile="0.99"} 76656
    rpc_duration_seconds_sum 1.7560473e+07
    rpc_duration_seconds_count 2693

    """
