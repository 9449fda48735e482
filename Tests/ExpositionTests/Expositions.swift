@testable import Exposition

/// The formats whose expositions are lines.
let textFormats: [ExpositionFormat] = [.text, .utf8Text, .openMetrics]

/// Every format with every scheme that it can have.
let forms = ExpositionFormat.allCases.flatMap { format in
    EscapingScheme.allCases.map { ExpositionForm(format, escaping: $0) }
}.filter { $0.format != .text || $0.escaping != .allowUTF8 }

/// What a reader of a format makes of these bytes.
func read(_ bytes: [UInt8], _ format: ExpositionFormat) throws(ParseError) -> ParsedExposition {
    switch format {
    case .text: try TextParser.parse(bytes)
    case .utf8Text: try TextParser.parse(bytes, allowsQuotedNames: true)
    case .openMetrics: try OpenMetricsParser.parse(bytes)
    case .protobuf: try ProtobufParser.parse(bytes)
    }
}

/// What a reader makes of what the writers hold.
func readBack(_ writers: [MetricWriter]) throws(ParseError) -> ParsedExposition {
    var bytes: [UInt8] = []
    _ = MetricWriter.join(writers, into: &bytes)
    return try read(bytes, writers.first?.format ?? .text)
}

/// What a reader makes of a scrape with one collector.
func readBack(
    _ form: ExpositionForm,
    writesCreatedSeries: Bool = false,
    _ body: (inout MetricWriter) -> Void
) throws(ParseError) -> ParsedExposition {
    var writer = MetricWriter(form: form, writesCreatedSeries: writesCreatedSeries)
    body(&writer)
    return try readBack([writer])
}

/// What the writers hold, joined.
func text(_ writers: [MetricWriter]) -> String { joined(writers).text }

func joined(_ writers: [MetricWriter]) -> (text: String, defects: MetricWriter.Defects) {
    var bytes: [UInt8] = []
    let defects = MetricWriter.join(writers, into: &bytes)
    return (String(decoding: bytes, as: UTF8.self), defects)
}

/// The exposition that a scrape with one collector gives.
func written(
    _ format: ExpositionFormat = .text,
    limits: MetricWriter.Limits = .init(),
    _ body: (inout MetricWriter) -> Void
) -> String {
    written(ExpositionForm(format), limits: limits, body)
}

/// The exposition that a scrape with one collector gives.
func written(
    _ form: ExpositionForm,
    limits: MetricWriter.Limits = .init(),
    writesCreatedSeries: Bool = false,
    _ body: (inout MetricWriter) -> Void
) -> String {
    var writer = MetricWriter(form: form, limits: limits, writesCreatedSeries: writesCreatedSeries)
    body(&writer)
    return text([writer])
}

extension String {
    /// The lines, none of them empty.
    var lines: [String] { split(separator: "\n").map(String.init) }
    /// The lines that are samples.
    var samples: [String] { lines.filter { !$0.hasPrefix("#") } }
}

/// A family as a program declares it.
func family(_ type: MetricType, _ name: String, help: String = "Help.", labels: [String] = []) -> MetricFamily {
    MetricFamily(type, declared: name, help: help, labels: labels)
}

/// Whether both are the same value, to the bit, or both are NaN.
func isSame(_ a: Double?, _ b: Double?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
}
