extension MetricWriter {
    /// Appends what the writers hold as one exposition: families sorted by name, each in one piece with its header.
    ///
    /// The writers must be of one form. Where two of them have a family of the same name and type, their samples stand
    /// together, and a series that an earlier one has is left out of the later; where the types differ, the first one's
    /// stands alone, and so where a family is named like the samples of another. Returns what was left out for that.
    public static func join(_ writers: [MetricWriter], into out: inout [UInt8]) -> Defects {
        var defects = Defects()
        guard let format = writers.first?.format else { return defects }
        let parts = sortedParts(writers)
        out.reserveCapacity(out.count + writers.reduce(64) { $0 + $1.bytes.count } + parts.count * 160)
        // Only what is copied from: a writer is many references, each counted when it is handed on.
        let sources = writers.map(\.bytes)
        let clashes = NameClashes(parts, format)
        var start = 0
        while start < parts.count {
            var end = start + 1
            while end < parts.count, parts[end].rendering.isNamed(as: parts[start].rendering) { end += 1 }
            append(parts[start..<end], sources, format, clashes, &defects, to: &out)
            start = end
        }
        if format == .openMetrics { out.append("# EOF\n") }
        return defects
    }

    /// Appends the parts of one name.
    private static func append(
        _ parts: ArraySlice<Part>,
        _ sources: [[UInt8]],
        _ format: ExpositionFormat,
        _ clashes: NameClashes,
        _ defects: inout Defects,
        to out: inout [UInt8]
    ) {
        guard let first = parts.first else { return }
        guard !clashes.isLeftOut(first) else {
            for part in parts { defects.conflicts += SeriesKeys(format, part.type).count(samples(of: part, sources)) }
            return
        }
        let rendering = first.rendering
        if clashes.needsFullName(first) {
            out.append(contentsOf: rendering.openMetricsHeaderByFullName)
            let created = rendering.openMetricsName + Array("_created".utf8)
            out.appendPlainSamples(merged(parts, sources, format, &defects), without: created)
            return
        }
        // Hardly ever are there several parts, and one needs no copy.
        let more = parts.count > 1 ? merged(parts, sources, format, &defects) : nil
        let header = rendering.header(format)
        if format == .protobuf {
            let length = more?.count ?? first.runs.reduce(0) { $0 + $1.end - $1.start }
            let trailer = rendering.protobufTrailer
            out.appendVarint(UInt64(header.count + length + trailer.count))
        }
        out.append(contentsOf: header)
        if let more {
            out.append(contentsOf: more)
        } else {
            for run in first.runs { out.append(contentsOf: sources[first.writer][run.start..<run.end]) }
        }
        if format == .protobuf { out.append(contentsOf: rendering.protobufTrailer) }
    }

    /// The samples of all parts of a name that are of the first one's type, each series once.
    private static func merged(
        _ parts: ArraySlice<Part>,
        _ sources: [[UInt8]],
        _ format: ExpositionFormat,
        _ defects: inout Defects
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

    private static func samples(of part: Part, _ sources: [[UInt8]]) -> [UInt8] {
        Array(part.runs.map { sources[part.writer][$0.start..<$0.end] }.joined())
    }

    /// A family's samples in one writer.
    struct Part {
        var rendering: FamilyRendering
        var type: MetricType
        var writer: Int
        var runs: ArraySlice<Run>
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
    private static func sorted(_ runs: [Run]) -> [Run] {
        let isSorted = runs.indices.dropFirst().allSatisfy { runs[$0 - 1].family <= runs[$0].family }
        return isSorted ? runs : runs.sorted { ($0.family, $0.start) < ($1.family, $1.start) }
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
