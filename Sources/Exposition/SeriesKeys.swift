/// Tells apart samples that are written already; needed only where two writers have the same family.
///
/// A sample is all that a writer wrote for one set of labels: in text a line, or a histogram's or summary's lines. Two
/// are the same to a scraper where their labels are, in any order, those without a value left out.
struct SeriesKeys {
    private let format: ExpositionFormat
    /// The label that a sample's lines have beside its own.
    private let boundName: [UInt8]
    private var known: Set<[UInt8]> = []

    /// The keys of samples of a family of this type.
    init(_ format: ExpositionFormat, _ type: MetricType) {
        self.format = format
        switch type {
        case .histogram: boundName = Array("le".utf8)
        case .summary: boundName = Array("quantile".utf8)
        case .counter, .gauge, .info, .stateSet, .untyped: boundName = []
        }
    }

    /// Appends the samples that are not known, and knows them from then on; returns how many were left out.
    mutating func appendNew(_ samples: [UInt8], to out: inout [UInt8]) -> Int {
        var leftOut = 0
        forEach(in: samples) { key, sample in
            if known.insert(key).inserted { out.append(contentsOf: samples[sample]) } else { leftOut += 1 }
        }
        return leftOut
    }

    /// How many samples there are.
    func count(_ samples: [UInt8]) -> Int {
        var count = 0
        forEach(in: samples) { _, _ in count += 1 }
        return count
    }

    private func forEach(in samples: [UInt8], _ body: (_ key: [UInt8], _ sample: Range<Int>) -> Void) {
        var current: (key: [UInt8], sample: Range<Int>)?
        var index = 0
        while index < samples.count {
            let (key, end) = format == .protobuf ? message(samples[index...]) : line(samples[index...])
            if let (last, sample) = current {
                if last == key, format != .protobuf {
                    current = (key, sample.lowerBound..<end)
                    index = end
                    continue
                }
                body(last, sample)
            }
            current = (key, index..<end)
            index = end
        }
        if let current { body(current.key, current.sample) }
    }

    /// A line's labels, which stand between the braces, and where it ends.
    private func line(_ lines: ArraySlice<UInt8>) -> (key: [UInt8], end: Int) {
        let end = lines.firstIndex(of: Byte.lineFeed).map { $0 + 1 } ?? lines.endIndex
        var start = lines.startIndex
        // A name in quotes is the first within the braces, and has no value.
        if lines[start] == Byte.openBrace {
            start = LabelSet.endOfQuoted(lines, from: start + 2) + 1
            guard start < end, lines[start] == Byte.comma else { return ([], end) }
        } else {
            while start < end, lines[start] != Byte.openBrace, lines[start] != Byte.space { start += 1 }
            guard start < end, lines[start] == Byte.openBrace else { return ([], end) }
        }
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        var index = start + 1
        while let label = LabelSet.label(in: lines, at: index) {
            pairs.append((Array(lines[label.name]), Array(lines[label.value])))
            index = label.end + 1
            guard label.end < end, lines[label.end] == Byte.comma else { break }
        }
        return (key(pairs), end)
    }

    /// A metric's label pairs, its fields of number 1, and where it ends.
    private func message(_ messages: ArraySlice<UInt8>) -> (key: [UInt8], end: Int) {
        var cursor = ProtobufCursor(messages)
        guard let metric = cursor.next()?.bytes else { return (Array(messages), messages.endIndex) }
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        var fields = ProtobufCursor(metric)
        while let field = fields.next() {
            guard field.number == 1, let pair = field.bytes else { continue }
            var parts = ProtobufCursor(pair)
            let name = parts.next()?.bytes ?? []
            pairs.append((Array(name), Array(parts.next()?.bytes ?? [])))
        }
        return (key(pairs), cursor.index)
    }

    private func key(_ pairs: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
        var key: [UInt8] = []
        let sorted = pairs.sorted { $0.name.lexicographicallyPrecedes($1.name) }
        for pair in sorted where !pair.value.isEmpty && pair.name != boundName {
            for part in [pair.name, pair.value] {
                key.appendVarint(UInt64(part.count))
                key.append(contentsOf: part)
            }
        }
        return key
    }
}
