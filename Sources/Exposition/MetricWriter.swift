/// Builds an exposition out of samples, in any order of families; ``join(_:into:)`` makes them sorted and contiguous.
///
/// A sample goes as bytes into one buffer that is reused from scrape to scrape. What could make a scraper refuse the
/// whole exposition can't be written: values are escaped, invalid UTF-8 is replaced, a second sample with the same
/// labels is left out. What was changed or left out is counted.
public struct MetricWriter: Sendable {
    /// What a collector may write at most.
    public struct Limits: Sendable {
        /// Samples in all; those beyond are left out.
        public var samples = 200_000
        /// Bytes of a label's value; a longer one is cut.
        public var labelValueBytes = 8_192

        /// The limits that suit every exporter of a single host.
        public init() {}
    }

    /// What was wrong with the samples given, and was put right or left out.
    public struct Defects: Sendable, Equatable {
        /// Samples left out because one of the same name and labels was there.
        public var duplicates = 0
        /// Samples left out because the limit was reached.
        public var overLimit = 0
        /// Samples left out because another collector declares their metric with another type.
        public var conflicts = 0
        /// Label values in which bytes that are not UTF-8 were replaced.
        public var replacedValues = 0

        /// No defects.
        public init() {}

        static func += (sum: inout Self, other: Self) {
            sum.duplicates += other.duplicates
            sum.overLimit += other.overLimit
            sum.conflicts += other.conflicts
            sum.replacedValues += other.replacedValues
        }
    }

    /// Consecutive samples of one family.
    struct Run {
        var family: Int
        var start: Int
        var end: Int
    }

    /// The format that is written.
    public let format: ExpositionFormat
    /// What was wrong so far.
    public internal(set) var defects = Defects()
    /// How many samples were written.
    public private(set) var sampleCount = 0

    private let limits: Limits
    private(set) var bytes: [UInt8] = []
    private(set) var runs: [Run] = []
    private(set) var families = FamilyTable()
    private var written = SeriesTable()

    /// The family and the place of the sample that is being written.
    private var current: MetricFamily?
    private var sampleStart = 0

    /// A writer of this format.
    public init(format: ExpositionFormat, limits: Limits = Limits()) {
        self.format = format
        self.limits = limits
    }

    /// Forgets everything written and keeps the memory for the next scrape.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        families.removeAll()
        written.removeAll()
        defects = Defects()
        sampleCount = 0
    }

    // MARK: Writing samples

    /// Writes a sample of a metric without labels.
    public mutating func emit(_ metric: Metric<0>, _ value: Double) {
        guard begin(metric.family) else { return }
        end(value)
    }

    /// Writes a sample with these label values, in the order of the metric's label names.
    // Inlinable, so that each caller has its own copy for its number of labels; all that is not generic is a call.
    @inlinable
    public mutating func emit<let labelCount: Int>(
        _ metric: Metric<labelCount>,
        _ value: Double,
        _ values: [labelCount of LabelValue]
    ) {
        guard begin(metric.family) else { return }
        for index in 0..<labelCount { append(label: metric.labels[index], values[index], isFirst: index == 0) }
        end(value)
    }

    /// Writes a sample with labels that were rendered before.
    public mutating func emit<let labelCount: Int>(_ metric: Metric<labelCount>, _ value: Double, _ labels: LabelSet) {
        emit(metric.family, suffix: "", value, labels)
    }

    /// Writes a sample of a family that was read from another exposition, where a histogram's and a summary's samples
    /// have the suffix `_bucket`, `_sum` or `_count`.
    public mutating func emit(_ family: MetricFamily, suffix: String, _ value: Double, _ labels: LabelSet) {
        guard begin(family) else { return }
        if !suffix.isEmpty {
            bytes.removeLast()
            bytes.append(suffix)
            bytes.append(Byte.openBrace)
        }
        bytes.append(contentsOf: labels.bytes)
        defects.replacedValues += labels.replacedValues
        end(value)
    }

    /// Begins a sample: its name and `{`. False where no further sample may be written.
    @usableFromInline
    mutating func begin(_ family: MetricFamily) -> Bool {
        guard sampleCount < limits.samples else {
            defects.overLimit += 1
            return false
        }
        current = family
        sampleStart = bytes.count
        bytes.append(contentsOf: family.nameBytes)
        bytes.append(Byte.openBrace)
        return true
    }

    @usableFromInline
    mutating func append(label name: StaticString, _ value: LabelValue, isFirst: Bool) {
        if !isFirst { bytes.append(Byte.comma) }
        bytes.append(name)
        bytes.append("=\"")
        defects.replacedValues += bytes.appendEscaped(value, limit: limits.labelValueBytes)
        bytes.append(Byte.quote)
    }

    /// Ends the sample with its value; takes it back where one with the same name and labels was there.
    @usableFromInline
    mutating func end(_ value: Double) {
        guard let family = current else { return }
        if bytes.last == Byte.openBrace { bytes.removeLast() } else { bytes.append(Byte.closeBrace) }
        let slot = families.slot(of: family)
        guard written.insert(family: slot, bytes[(sampleStart + family.nameBytes.count)...]) else {
            bytes.removeSubrange(sampleStart...)
            defects.duplicates += 1
            return
        }
        bytes.append(Byte.space)
        bytes.appendNumber(value, format)
        bytes.append(Byte.lineFeed)
        sampleCount += 1
        if let last = runs.indices.last, runs[last].family == slot {
            runs[last].end = bytes.count
        } else {
            runs.append(Run(family: slot, start: sampleStart, end: bytes.count))
        }
    }
}
