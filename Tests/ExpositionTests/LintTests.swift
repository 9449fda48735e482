import Exposition
import Testing

@Suite struct LintTests {
    /// What promtool 2.42 prints for these, in its order, each line once.
    @Test(
        arguments: [
            ("# HELP a_total x\n# TYPE a_total counter\na_total 1\n", []),
            ("# HELP a x\na 1\n", []),
            ("", []),
            ("# TYPE a counter\n", []),
            ("a 1\n", ["a no help text"]),
            ("# HELP a\na 1\n", ["a no help text"]),
            // Suffix _total
            ("# HELP a x\n# TYPE a counter\na 1\n", ["a counter metrics should have \"_total\" suffix"]),
            ("# HELP a_total x\na_total 1\n", []),
            (
                "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n",
                ["a_total non-counter metrics should not have \"_total\" suffix"]
            ),
            (
                "# HELP a_total x\n# TYPE a_total histogram\na_total_sum 1\na_total_count 1\n",
                ["a_total non-counter metrics should not have \"_total\" suffix"]
            ),
            // Units
            ("# HELP a_seconds_x x\na_seconds_x 1\n", []),
            ("# HELP a_celsius x\na_celsius 1\n", []),
            ("# HELP thermometers_x x\nthermometers_x 1\n", []),
            ("# HELP a_megawatts x\na_megawatts 1\n", []),
            ("# HELP a_mebibytes x\na_mebibytes 1\n", []),
            ("# HELP minutes x\nminutes 1\n", ["minutes use base unit \"seconds\" instead of \"minutes\""]),
            ("# HELP a_weeks x\na_weeks 1\n", ["a_weeks use base unit \"seconds\" instead of \"weeks\""]),
            ("# HELP a_bits x\na_bits 1\n", ["a_bits use base unit \"bytes\" instead of \"bits\""]),
            (
                "# HELP a_fahrenheit x\na_fahrenheit 1\n",
                ["a_fahrenheit use base unit \"celsius\" instead of \"fahrenheit\""]
            ),
            ("# HELP a_kelvins x\na_kelvins 1\n", ["a_kelvins use base unit \"kelvin\" instead of \"kelvins\""]),
            (
                "# HELP a_milliseconds x\na_milliseconds 1\n",
                ["a_milliseconds use base unit \"seconds\" instead of \"milliseconds\""]
            ),
            (
                "# HELP a_kibibytes_y x\na_kibibytes_x 1\n",
                ["a_kibibytes_x no help text", "a_kibibytes_x use base unit \"bytes\" instead of \"kibibytes\""]
            ),
            (
                "# HELP a_kilometres x\na_kilometres 1\n",
                ["a_kilometres use base unit \"metres\" instead of \"kilometres\""]
            ),
            ("# HELP a_pounds x\na_pounds 1\n", ["a_pounds use base unit \"grams\" instead of \"pounds\""]),
            // Types in names
            ("# HELP gauge x\ngauge 1\n", []),
            ("# HELP a_gauges x\na_gauges 1\n", []),
            ("# HELP a_untyped x\na_untyped 1\n", []),
            ("# HELP a_gauge x\na_gauge 1\n", ["a_gauge metric name should not include type 'gauge'"]),
            ("# HELP a_Counter_x x\na_Counter_x 1\n", ["a_Counter_x metric name should not include type 'counter'"]),
            (
                "# HELP a_gauge_histogram x\na_gauge_histogram 1\n",
                [
                    "a_gauge_histogram metric name should not include type 'gauge'",
                    "a_gauge_histogram metric name should not include type 'gauge_histogram'",
                    "a_gauge_histogram metric name should not include type 'histogram'",
                ]
            ),
            ("# HELP a_summary x\na_summary 1\n", ["a_summary metric name should not include type 'summary'"]),
            // Characters
            ("# HELP a:b x\na:b 1\n", ["a:b metric names should not contain ':'"]),
            ("# HELP aB x\naB 1\n", ["aB metric names should be written in 'snake_case' not 'camelCase'"]),
            ("# HELP ABC_x x\nABC_x 1\n", []),
            (
                "# HELP a x\na{fooBar=\"1\",Foo=\"2\"} 1\na{fooBar=\"2\"} 1\n",
                ["a label names should be written in 'snake_case' not 'camelCase'"]
            ),
            // Abbreviations
            ("# HELP a_ms x\na_ms 1\n", ["a_ms metric names should not contain abbreviated units"]),
            ("# HELP a_S_b_x x\na_S_b_x 1\n", ["a_S_b_x metric names should not contain abbreviated units"]),
            ("# HELP s_x x\ns_x 1\n", []),
            ("# HELP a_min x\na_min 1\n", []),
            // Names and labels of histograms and summaries
            ("# HELP a_bucket x\na_bucket{le=\"1\",quantile=\"1\"} 1\n", []),
            (
                "# HELP a_bucket x\n# TYPE a_bucket gauge\na_bucket{le=\"1\"} 1\n",
                [
                    "a_bucket non-histogram metrics should not have \"_bucket\" suffix",
                    "a_bucket non-histogram metrics should not have \"le\" label",
                ]
            ),
            (
                "# HELP a_count x\n# TYPE a_count gauge\na_count 1\n",
                ["a_count non-histogram and non-summary metrics should not have \"_count\" suffix"]
            ),
            (
                "# HELP a_sum x\n# TYPE a_sum gauge\na_sum{quantile=\"1\"} 1\n",
                [
                    "a_sum non-histogram and non-summary metrics should not have \"_sum\" suffix",
                    "a_sum non-summary metrics should not have \"quantile\" label",
                ]
            ),
            (
                "# HELP a_bucket x\n# TYPE a_bucket summary\na_bucket{quantile=\"1\"} 1\na_bucket_sum{le=\"1\"} 1\n",
                [
                    "a_bucket non-histogram metrics should not have \"_bucket\" suffix",
                    "a_bucket non-histogram metrics should not have \"le\" label",
                ]
            ),
            (
                "# HELP a x\n# TYPE a histogram\na_bucket{le=\"+Inf\",quantile=\"1\"} 1\n",
                ["a non-summary metrics should not have \"quantile\" label"]
            ),
        ] as [(String, [String])]
    ) func agreesWithPromtool(_ text: String, problems: [String]) throws {
        #expect(lint(try TextParser.parse(Array(text.utf8))).map(\.description) == problems)
    }

    /// Rules that promtool 2.42 lacks and later ones have, and what those leave out.
    @Test(
        arguments: [
            ("# HELP a x\na{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 1\n", ["a metric not unique"]),
            ("# HELP a x\na 1 1\na 1 2\n", ["a metric not unique"]),
            ("# HELP a x\na{x=\"é\"} 1\na{x=\"e\u{301}\"} 1\n", []),
            ("# HELP a x\na{x=\"1\"} 1\na{y=\"1\"} 1\na 1\n", []),
            ("# HELP a x\n# TYPE a summary\na_sum 1\na_count 1\na_sum 1\n", ["a metric not unique"]),
            ("# HELP a_timestamp_seconds x\n# TYPE a_timestamp_seconds gauge\na_timestamp_seconds 1\n", []),
            (
                "# HELP a_timestamp_seconds x\n# TYPE a_timestamp_seconds summary\na_timestamp_seconds_sum 1\n",
                ["a_timestamp_seconds non-gauge metrics should not have \"_timestamp_seconds\" suffix"]
            ),
        ] as [(String, [String])]
    ) func goesBeyondOldPromtool(_ text: String, problems: [String]) throws {
        #expect(lint(try TextParser.parse(Array(text.utf8))).map(\.description) == problems)
    }

    @Test func takesOpenMetrics() throws {
        let text = """
            # HELP a x
            # TYPE a counter
            a_total 1
            # HELP build x
            # TYPE build info
            build_info 1
            # EOF

            """
        #expect(lint(try OpenMetricsParser.parse(Array(text.utf8))).isEmpty)
    }

    @Test func sortsByMetricAndMessage() throws {
        let problems = lint(try TextParser.parse(Array("b_ms 1\na:b 1\n".utf8)))
        #expect(problems.map(\.metric) == ["a:b", "a:b", "b_ms", "b_ms"])
        #expect(problems[0] == LintProblem(metric: "a:b", message: "metric names should not contain ':'"))
    }
}
