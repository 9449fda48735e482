import CLinux

/// Builds an exposition out of samples, in any order of families; ``JoinedExposition`` makes them sorted and contiguous.
///
/// A sample goes as bytes into one buffer that is reused from scrape to scrape. What could make a scraper refuse the
/// whole exposition can't be written: values are escaped, invalid UTF-8 is replaced, a second sample with the same
/// labels is left out. What was changed or left out is counted.
public struct MetricWriter: Sendable {
    /// What a collector may write at most.
    public struct Limits: Sendable {
        /// Samples in all; those beyond are left out. A histogram is one.
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
        /// Samples left out because their family is another one's too: of another type, or named like its samples.
        public var conflicts = 0
        /// Samples left out because their family's type can't have such a value.
        public var invalidValues = 0
        /// Label values in which bytes that are not UTF-8 were replaced.
        public var replacedValues = 0

        /// No defects.
        public init() {}

        static func += (sum: inout Self, other: Self) {
            sum.duplicates += other.duplicates
            sum.overLimit += other.overLimit
            sum.conflicts += other.conflicts
            sum.invalidValues += other.invalidValues
            sum.replacedValues += other.replacedValues
        }
    }

    /// Consecutive samples of one family.
    struct Run {
        var family: Int
        var start: Int
        var end: Int
    }

    /// The form that is written.
    public let form: ExpositionForm
    /// Whether OpenMetrics gets a `_created` series beside each counter, histogram and summary that knows when it began.
    ///
    /// Protobuf has these times in any case. In OpenMetrics they are series of their own, which a server that does not
    /// look for them stores: twice as many as before for a counter.
    public let writesCreatedSeries: Bool
    /// What was wrong so far.
    public internal(set) var defects = Defects()
    /// How many samples were written.
    public internal(set) var sampleCount = 0

    /// The format that is written.
    public var format: ExpositionFormat { form.format }

    /// Labels that each sample has behind its own, of names that no sample has itself.
    let constantLabels: LabelSet
    let limits: Limits
    var bytes: [UInt8] = []
    var runs: [Run] = []
    var families = FamilyTable()
    var written = SeriesTable()

    // Of the sample that is being written:

    /// Its family's place in the table, and how that family's lines begin.
    var slot = 0
    var lineStart: [UInt8] = []
    /// Where its bytes begin, and those of its labels.
    var sampleStart = 0
    var labelsStart = 0
    /// Whether labels that are known to be plain are written as they are.
    var keepsPlainLabels = true
    /// The label that its lines have beside its own, `le` or `quantile`; empty where there is none.
    var boundName: StaticString = ""
    /// Names that were written, where they are changed or quoted, since two may become one.
    var labelNames: [String] = []
    /// Its labels, where it has several lines.
    var lineLabels: [UInt8] = []

    /// A writer of this form.
    public init(
        form: ExpositionForm,
        limits: Limits = Limits(),
        writesCreatedSeries: Bool = false,
        constantLabels: LabelSet = .none
    ) {
        self.form = form
        self.constantLabels = constantLabels
        self.limits = limits
        self.writesCreatedSeries = writesCreatedSeries
    }

    /// A writer of this format, with names that are not plain escaped by underscores.
    public init(format: ExpositionFormat, limits: Limits = Limits()) {
        self.init(form: ExpositionForm(format), limits: limits)
    }

    /// Larger buffers are not kept from scrape to scrape: mapping them anew costs little beside filling them, and a
    /// process at rest is small.
    package static let keptBytesMax = 512 << 10

    /// Forgets everything written and keeps the memory for the next scrape, unless it is much.
    public mutating func removeAll() {
        if bytes.capacity <= Self.keptBytesMax {
            bytes.removeAll(keepingCapacity: true)
        } else {
            // As much room again, which takes no memory before it is written to.
            let count = bytes.count
            bytes = []
            bytes.reserveCapacity(count + count / 8)
            bytes.withUnsafeMutableBytes { clinux_fill_by_large_pages($0.baseAddress, count) }
        }
        runs.removeAll(keepingCapacity: true)
        families.removeAll()
        written.removeAll()
        lineStart.removeAll(keepingCapacity: true)
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
        for index in 0..<labelCount { append(label: metric.labels[index], values[index]) }
        end(value)
    }

    /// Writes a sample with labels that were rendered before.
    public mutating func emit<let labelCount: Int>(_ metric: Metric<labelCount>, _ value: Double, _ labels: LabelSet) {
        emit(metric.family, labels, value)
    }

    /// Writes a histogram with labels that were rendered before.
    public mutating func emit<let labelCount: Int>(
        _ metric: Metric<labelCount>,
        _ histogram: HistogramSnapshot,
        _ labels: LabelSet = .none
    ) {
        emit(metric.family, labels, histogram)
    }

    /// Writes a summary with labels that were rendered before.
    public mutating func emit<let labelCount: Int>(
        _ metric: Metric<labelCount>,
        _ summary: SummarySnapshot,
        _ labels: LabelSet = .none
    ) {
        emit(metric.family, labels, summary)
    }

    /// Writes a sample of a family that is known only at run time.
    ///
    /// An exemplar is written where the format lets one stand: beside a counter, in OpenMetrics and protobuf. `created`
    /// is when counting began, in seconds since 1970. `isNew` says that the caller never writes the same labels twice,
    /// so that nobody has to look.
    public mutating func emit(
        _ family: MetricFamily,
        _ labels: LabelSet,
        _ value: Double,
        exemplar: Exemplar? = nil,
        created: Double? = nil,
        isNew: Bool = false
    ) {
        labels.withRendered { emit(family, $0, value, exemplar: exemplar, created: created, isNew: isNew) }
    }

    /// The same with labels that somebody else keeps.
    package mutating func emit(
        _ family: MetricFamily,
        _ labels: RenderedLabels,
        _ value: Double,
        exemplar: Exemplar? = nil,
        created: Double? = nil,
        isNew: Bool = false
    ) {
        guard begin(family) else { return }
        append(labels)
        end(value, exemplar: exemplar, created: created, isNew: isNew)
    }

    /// Writes a histogram of a family that is known only at run time. A label `le` is left out.
    public mutating func emit(
        _ family: MetricFamily,
        _ labels: LabelSet,
        _ histogram: HistogramSnapshot,
        isNew: Bool = false
    ) {
        labels.withRendered { emit(family, $0, histogram, isNew: isNew) }
    }

    /// The same with labels that somebody else keeps.
    package mutating func emit(
        _ family: MetricFamily,
        _ labels: RenderedLabels,
        _ histogram: HistogramSnapshot,
        isNew: Bool = false
    ) {
        guard begin(family, of: .histogram, bound: "le") else { return }
        append(labels)
        guard hasItsLabels(isNew: isNew) else { return }
        switch form.format {
        case .protobuf: bytes.appendProtobuf(histogram, by: form.escaping)
        case .text, .utf8Text, .openMetrics: writeLines(histogram)
        }
        endSample()
    }

    /// Writes a summary of a family that is known only at run time. A label `quantile` is left out.
    public mutating func emit(
        _ family: MetricFamily,
        _ labels: LabelSet,
        _ summary: SummarySnapshot,
        isNew: Bool = false
    ) {
        labels.withRendered { emit(family, $0, summary, isNew: isNew) }
    }

    /// The same with labels that somebody else keeps.
    package mutating func emit(
        _ family: MetricFamily,
        _ labels: RenderedLabels,
        _ summary: SummarySnapshot,
        isNew: Bool = false
    ) {
        guard begin(family, of: .summary, bound: "quantile") else { return }
        append(labels)
        guard hasItsLabels(isNew: isNew) else { return }
        switch form.format {
        case .protobuf: bytes.appendProtobuf(summary)
        case .text, .utf8Text, .openMetrics: writeLines(summary)
        }
        endSample()
    }
}
