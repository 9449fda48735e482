import ExporterTesting
import Testing

@testable import Exposition

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

    @Test func protobufParserTakesAnything() throws {
        try fuzz("ProtobufParser", seeds: try protobufSeeds(), tokens: tokens) { input in
            guard let read = try? ProtobufParser.parse(input) else { return }
            // Memory grows with the input: the shortest histogram takes four bytes, and gives two samples.
            let samples = read.families.reduce(0) { $0 + $1.samples.count }
            try #require(samples <= input.count)
            let natives = read.families.flatMap(\.natives).map(\.buckets)
            try #require(natives.reduce(0) { $0 + $1.positive.count + $1.negative.count } <= input.count)
            _ = lint(read)
        }
    }

    /// Whatever anybody wrote, what we write of it can be read by every strict reader, in every form.
    @Test(arguments: ExpositionFormat.allCases)
    func whatIsReadCanBeWritten(format: ExpositionFormat) throws {
        let texts = [textExample, openMetricsExample, textOddities, openMetricsOddities, quotedOddities]
        let seeds = format == .protobuf ? try protobufSeeds() : texts.map { Array($0.utf8) }
        try fuzz("written again, from \(format)", seeds: seeds, tokens: tokens, iterations: 2000) { input in
            guard let exposition = try? read(input, format) else { return }
            for form in forms {
                var writer = MetricWriter(form: form, writesCreatedSeries: true)
                for family in exposition.families { emit(family, into: &writer) }
                _ = try readBack([writer])
            }
        }
    }

    private func emit(_ parsed: ParsedFamily, into writer: inout MetricWriter) {
        let labels = parsed.type == .stateSet ? [parsed.name] : []
        let family = MetricFamily(parsed.type, declared: parsed.name, help: parsed.help ?? "", labels: labels)
        let natives = Dictionary(parsed.natives.map { ($0.labels, $0.buckets) }) { first, _ in first }
        for (labels, value) in parsed.values {
            let rendered = LabelSet(labels)
            switch value {
            case .number(let number): writer.emit(family, rendered, number, created: number)
            case .summary(let summary): writer.emit(family, rendered, summary)
            case .histogram(var histogram):
                histogram.native = natives[labels]
                histogram.created = histogram.sum
                writer.emit(family, rendered, histogram)
            }
        }
    }

    /// All that a message can have, written by us.
    private func protobufSeeds() throws -> [[UInt8]] {
        let exemplar = try #require(Exemplar([("t", "x")], value: 1, timestamp: 1_700_000_000))
        let native = NativeHistogramSnapshot(
            schema: 3,
            zeroThreshold: 1e-9,
            zeroCount: 1,
            positive: [.init(index: 0, count: 1), .init(index: 5, count: 1)],
            negative: [.init(index: -2, count: 1)],
            exemplars: [exemplar]
        )
        let histogram = HistogramSnapshot(
            bounds: [0.5, 2],
            cumulativeCounts: [1, 3],
            count: 4,
            sum: 12.25,
            exemplars: [nil, exemplar],
            native: native,
            created: 1_700_000_000
        )
        let emissions: [(inout MetricWriter) -> Void] = [
            { $0.emit(family(.counter, "c_seconds_total"), LabelSet([("l", "x")]), 1, exemplar: exemplar, created: 5) },
            { $0.emit(family(.gauge, "g.x"), .none, .nan) },
            { $0.emit(family(.untyped, "u"), LabelSet([("a", "1"), ("b", "2")]), 1) },
            { $0.emit(family(.histogram, "h"), LabelSet([("l", "x")]), histogram) },
            { $0.emit(family(.histogram, "e"), .none, HistogramSnapshot(native: .init(schema: 0, zeroThreshold: 0))) },
            { $0.emit(family(.summary, "s"), .none, RoundTripTests.summary) },
        ]
        let writers = emissions.map { emit in
            var writer = MetricWriter(form: ExpositionForm(.protobuf, escaping: .allowUTF8))
            emit(&writer)
            return writer
        }
        return (writers.map { [$0] } + [writers]).map { writers in
            var bytes: [UInt8] = []
            _ = MetricWriter.join(writers, into: &bytes)
            return bytes
        }
    }

    /// Inputs that are mostly good, so that mutations reach what is behind the grammar.
    private let textOddities =
        "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\n# HELP b \\n\n# TYPE b summary\nb_sum 1\n"
    private let openMetricsOddities = "# TYPE a counter\na_total 1 2.5 # {x=\"y\"} 3 4\n# UNIT b_s s\nb_s 1\n# EOF\n"

    private let quotedOddities =
        "# TYPE \"a.b\" histogram\n{\"a.b_bucket\",\"l.x\"=\"y\",le=\"1\"} 1\n# TYPE c counter\nc_total{\"\u{E9}\"=\"1\"} 5\n"

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
