import Exposition

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
    var writer = MetricWriter(format: format, limits: limits)
    body(&writer)
    return text([writer])
}

extension String {
    /// The lines, none of them empty.
    var lines: [String] { split(separator: "\n").map(String.init) }
    /// The lines that are samples.
    var samples: [String] { lines.filter { !$0.hasPrefix("#") } }
}
