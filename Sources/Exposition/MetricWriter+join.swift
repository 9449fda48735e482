extension MetricWriter {
    /// Appends what the writers hold as one exposition: families sorted by name, each in one piece with its header.
    ///
    /// The writers must be of one format. Where two of them have a family of the same name and type, their samples
    /// stand together, and a series that an earlier one has is left out of the later; where the types differ, the
    /// first one's stands alone. Returns what was left out for that.
    public static func join(_ writers: [MetricWriter], into out: inout [UInt8]) -> Defects {
        var defects = Defects()
        let parts = sortedParts(writers)
        out.reserveCapacity(out.count + writers.reduce(64) { $0 + $1.bytes.count * 2 })
        let format = writers.first?.format ?? .text
        // Only what is copied from: a writer is many references, each counted when it is handed on.
        let sources = writers.map(\.bytes)
        let takenNames = format == .openMetrics ? fullNames(parts) : []
        var first: MetricFamily?
        var firstStart = 0
        for part in parts {
            if let known = first, known.isNamed(as: part.family) {
                var samples: [UInt8] = []
                for run in part.runs { samples.append(contentsOf: sources[part.writer][run.start..<run.end]) }
                if known.type == part.family.type {
                    defects.duplicates += appendNew(samples, to: &out, familyStart: firstStart)
                } else {
                    defects.conflicts += samples.count { $0 == Byte.lineFeed }
                }
            } else {
                let isTaken = part.family.isShorterInOpenMetrics && takenNames.contains(part.family.openMetricsName)
                out.append(contentsOf: isTaken ? part.family.openMetricsHeaderByFullName : part.family.header(format))
                first = part.family
                firstStart = out.count
                for run in part.runs { out.append(contentsOf: sources[part.writer][run.start..<run.end]) }
            }
        }
        if !writers.isEmpty, format == .openMetrics { out.append("# EOF\n") }
        return defects
    }

    /// A family's samples in one writer.
    private struct Part {
        var family: MetricFamily
        var writer: Int
        var runs: ArraySlice<Run>
    }

    /// Sorted by name; of equal names, the earlier writer's first.
    private static func sortedParts(_ writers: [MetricWriter]) -> [Part] {
        var parts: [Part] = []
        parts.reserveCapacity(writers.reduce(0) { $0 + $1.families.families.count })
        for index in writers.indices {
            let runs = sorted(writers[index].runs)
            let families = writers[index].families.families
            var start = 0
            while start < runs.count {
                let family = runs[start].family
                var end = start + 1
                while end < runs.count, runs[end].family == family { end += 1 }
                parts.append(
                    Part(family: families[family], writer: index, runs: runs[start..<end])
                )
                start = end
            }
        }
        return parts.sorted { a, b in
            a.family.isNamed(as: b.family) ? a.writer < b.writer : a.family.precedes(b.family)
        }
    }

    /// The runs of each family together, in the order in which they were written; most collectors write them so.
    private static func sorted(_ runs: [Run]) -> [Run] {
        let isSorted = runs.indices.dropFirst().allSatisfy { runs[$0 - 1].family <= runs[$0].family }
        return isSorted ? runs : runs.sorted { ($0.family, $0.start) < ($1.family, $1.start) }
    }

    /// The names that a counter's or an info's name could equal when its suffix is dropped.
    private static func fullNames(_ parts: [Part]) -> Set<[UInt8]> {
        Set(parts.lazy.filter { !$0.family.isShorterInOpenMetrics }.map { $0.family.nameBytes })
    }

    /// Appends the lines whose series is not among those that stand since `familyStart`; returns how many were left out.
    private static func appendNew(_ lines: [UInt8], to out: inout [UInt8], familyStart: Int) -> Int {
        var known = Set(series(out[familyStart...]))
        var leftOut = 0
        for line in lines.split(separator: Byte.lineFeed) {
            if known.insert(seriesPart(line)).inserted {
                out.append(contentsOf: line)
                out.append(Byte.lineFeed)
            } else {
                leftOut += 1
            }
        }
        return leftOut
    }

    private static func series(_ lines: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        lines.split(separator: Byte.lineFeed).map(seriesPart)
    }

    /// A line without its value: values hold no blank.
    private static func seriesPart(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line[..<(line.lastIndex(of: Byte.space) ?? line.endIndex)]
    }
}
