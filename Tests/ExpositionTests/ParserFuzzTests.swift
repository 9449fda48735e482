import ExporterTesting
import Exposition
import Testing

@Suite struct ParserFuzzTests {
    @Test func textParserTakesAnything() throws {
        let seeds = [textExample, openMetricsExample, textOddities].map { Array($0.utf8) }
        try fuzz("TextParser", seeds: seeds, tokens: tokens) { input in
            guard let read = try? TextParser.parse(input) else { return }
            let written = rendered(read, as: .text)
            let again = rendered(try TextParser.parse(Array(written.utf8)), as: .text)
            try #require(again == written)
            _ = lint(read)
        }
    }

    @Test func openMetricsParserTakesAnything() throws {
        let seeds = [openMetricsExample, textExample, openMetricsOddities].map { Array($0.utf8) }
        try fuzz("OpenMetricsParser", seeds: seeds, tokens: tokens) { input in
            guard let read = try? OpenMetricsParser.parse(input) else { return }
            let written = rendered(read, as: .openMetrics)
            let again = rendered(try OpenMetricsParser.parse(Array(written.utf8)), as: .openMetrics)
            try #require(again == written)
            _ = lint(read)
        }
    }

    /// Inputs that are mostly good, so that mutations reach what is behind the grammar.
    private let textOddities =
        "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\n# HELP b \\n\n# TYPE b summary\nb_sum 1\n"
    private let openMetricsOddities = "# TYPE a counter\na_total 1 2.5 # {x=\"y\"} 3 4\n# UNIT b_s s\nb_s 1\n# EOF\n"

    private let tokens = [
        "# TYPE a ", "# HELP a ", "# UNIT a ", "# EOF\n", "counter\n", "gauge\n", "histogram\n", "summary\n", "info\n",
        "stateset\n", "unknown\n", "untyped\n", "_total", "_created", "_bucket", "_sum", "_count", "_info", "{", "}",
        "=", ",",
        "le=\"1\"", "quantile=\"0.5\"", "a 1\n", " # {} 1", "__name__=\"\"",
    ]
}

/// What the parser read, written so that it must read the same again. It is compared as text, where NaN equals itself.
private func rendered(_ exposition: ParsedExposition, as format: ExpositionFormat) -> String {
    var text = ""
    for family in exposition.families {
        if let help = family.help { text += "# HELP \(family.name) \(escaped(help, quotes: format == .openMetrics))\n" }
        if let unit = family.unit { text += "# UNIT \(family.name) \(unit)\n" }
        text += "# TYPE \(family.name) \(format == .text ? family.type.textName : family.type.openMetricsName)\n"
        for sample in family.samples {
            text += "\(sample.name)\(rendered(sample.labels)) \(sample.value)\(rendered(sample.timestamp, as: format))"
            if let exemplar = sample.exemplar {
                text += " # \(rendered(exemplar.labels)) \(exemplar.value)\(rendered(exemplar.timestamp, as: format))"
            }
            text += "\n"
        }
    }
    return format == .text ? text : text + "# EOF\n"
}

private func rendered(_ labels: [ParsedSample.Label]) -> String {
    "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
}

private func rendered(_ timestamp: Int64?, as format: ExpositionFormat) -> String {
    guard let timestamp else { return "" }
    return format == .text ? " \(timestamp)" : " \(Double(timestamp) / 1000)"
}

private func escaped(_ text: String, quotes: Bool) -> String {
    text.unicodeScalars.map { scalar in
        switch scalar {
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\"" where quotes: "\\\""
        default: String(scalar)
        }
    }.joined()
}
