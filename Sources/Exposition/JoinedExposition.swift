/// What writers hold as one exposition: families sorted by name, each in one piece with its header.
///
/// Its pieces are parts of the writers' buffers, not copies, so a large one is copied but once, to where it is needed.
public struct JoinedExposition: Sendable {
    /// The exposition's bytes, in order.
    public private(set) var pieces: [ArraySlice<UInt8>] = []
    /// What was left out because families of different writers can't stand together.
    public private(set) var defects = MetricWriter.Defects()

    /// How many bytes it has.
    public var count: Int { pieces.reduce(0) { $0 + $1.count } }

    /// Joins writers, which must be of one form.
    ///
    /// Where two of them have a family of the same name and type, their samples stand together, and a series that an
    /// earlier one has is left out of the later; where the types differ, the first one's stands alone, and so where a
    /// family is named like the samples of another.
    public init(_ writers: [MetricWriter]) {
        guard let format = writers.first?.format else { return }
        let parts = Self.sortedParts(writers)
        pieces.reserveCapacity(parts.count * 2 + 1)
        // Only what is referred to: a writer is many references, each counted when it is handed on.
        let sources = writers.map(\.bytes)
        let clashes = NameClashes(parts, format)
        var start = 0
        while start < parts.count {
            var end = start + 1
            while end < parts.count, parts[end].rendering.isNamed(as: parts[start].rendering) { end += 1 }
            append(parts[start..<end], sources, format, clashes)
            start = end
        }
        if format == .openMetrics { pieces.append(Array("# EOF\n".utf8)[...]) }
    }

    /// Appends the parts of one name.
    private mutating func append(
        _ parts: ArraySlice<Part>,
        _ sources: [[UInt8]],
        _ format: ExpositionFormat,
        _ clashes: NameClashes
    ) {
        guard let first = parts.first else { return }
        guard !clashes.isLeftOut(first) else {
            for part in parts { defects.conflicts += SeriesKeys(format, part.type).count(samples(of: part, sources)) }
            return
        }
        let rendering = first.rendering
        if clashes.needsFullName(first) {
            let created = rendering.openMetricsName + Array("_created".utf8)
            var samples: [UInt8] = []
            samples.appendPlainSamples(merged(parts, sources, format), without: created)
            pieces += [rendering.openMetricsHeaderByFullName[...], samples[...]]
            return
        }
        // Hardly ever are there several parts, and one needs no copy.
        let together = parts.count > 1 ? merged(parts, sources, format) : nil
        let header = rendering.header(format)
        guard format == .protobuf else {
            pieces.append(header[...])
            append(together, or: first, sources)
            return
        }
        let trailer = rendering.protobufTrailer
        let samplesCount = together?.count ?? first.runs.reduce(0) { $0 + $1.end - $1.start }
        var beginning: [UInt8] = []
        beginning.appendVarint(UInt64(header.count + samplesCount + trailer.count))
        beginning += header
        pieces.append(beginning[...])
        append(together, or: first, sources)
        pieces.append(trailer[...])
    }

    /// Appends the samples of several parts, or those of one.
    private mutating func append(_ together: [UInt8]?, or part: Part, _ sources: [[UInt8]]) {
        if let together { return pieces.append(together[...]) }
        for run in part.runs { pieces.append(sources[part.writer][run.start..<run.end]) }
    }

    /// The samples of all parts of a name that are of the first one's type, each series once.
    private mutating func merged(
        _ parts: ArraySlice<Part>,
        _ sources: [[UInt8]],
        _ format: ExpositionFormat
    ) -> [UInt8] {
        guard let first = parts.first else { return [] }
        var keys = SeriesKeys(format, first.type)
        var out: [UInt8] = []
        for part in parts {
            let samples = samples(of: part, sources)
            let isSame =
                part.type == first.type && part.rendering.openMetricsType == first.rendering.openMetricsType
            if isSame {
                defects.duplicates += keys.appendNew(samples, to: &out)
            } else {
                defects.conflicts += SeriesKeys(format, part.type).count(samples)
            }
        }
        return out
    }

    private func samples(of part: Part, _ sources: [[UInt8]]) -> [UInt8] {
        Array(part.runs.map { sources[part.writer][$0.start..<$0.end] }.joined())
    }

    /// A family's samples in one writer.
    struct Part {
        var rendering: FamilyRendering
        var type: MetricType
        var writer: Int
        var runs: ArraySlice<MetricWriter.Run>
    }

    /// Sorted by name; of equal names, the earlier writer's first.
    private static func sortedParts(_ writers: [MetricWriter]) -> [Part] {
        var parts: [Part] = []
        parts.reserveCapacity(writers.reduce(0) { $0 + $1.families.families.count })
        for index in writers.indices {
            let runs = sorted(writers[index].runs)
            let families = writers[index].families
            var start = 0
            while start < runs.count {
                let family = runs[start].family
                var end = start + 1
                while end < runs.count, runs[end].family == family { end += 1 }
                parts.append(
                    Part(
                        rendering: families.renderings[family],
                        type: families.families[family].type,
                        writer: index,
                        runs: runs[start..<end]
                    )
                )
                start = end
            }
        }
        return parts.sorted { a, b in
            a.rendering.isNamed(as: b.rendering) ? a.writer < b.writer : a.rendering.precedes(b.rendering)
        }
    }

    /// The runs of each family together, in the order in which they were written; most collectors write them so.
    private static func sorted(_ runs: [MetricWriter.Run]) -> [MetricWriter.Run] {
        let isSorted = runs.indices.dropFirst().allSatisfy { runs[$0 - 1].family <= runs[$0].family }
        return isSorted ? runs : runs.sorted { ($0.family, $0.start) < ($1.family, $1.start) }
    }
}

extension MetricWriter {
    /// Appends what the writers hold as one exposition; returns what was left out. See ``JoinedExposition``.
    public static func join(_ writers: [MetricWriter], into out: inout [UInt8]) -> Defects {
        let joined = JoinedExposition(writers)
        out.reserveCapacity(out.count + joined.count)
        for piece in joined.pieces { out.append(contentsOf: piece) }
        return joined.defects
    }
}

extension [UInt8] {
    /// Appends OpenMetrics samples of a counter as those of an unknown type: without exemplars, and without the lines
    /// of this name, which say when counting began.
    fileprivate mutating func appendPlainSamples(_ samples: [UInt8], without created: [UInt8]) {
        let quotedCreated = Array("{\"".utf8) + created + [Byte.quote]
        for line in samples.split(separator: Byte.lineFeed) {
            guard !line.starts(with: created), !line.starts(with: quotedCreated) else { continue }
            var index = line.startIndex
            while index < line.endIndex, line[index] != Byte.hash {
                index = line[index] == Byte.quote ? LabelSet.endOfQuoted(line, from: index + 1) + 1 : index + 1
            }
            // An exemplar's `#` stands behind a blank.
            append(contentsOf: line[..<(index < line.endIndex ? index - 1 : line.endIndex)])
            append(Byte.lineFeed)
        }
    }
}
