/// An exposition read back: what a scraper sees.
public struct ParsedExposition: Sendable, Equatable {
    /// The families in the order in which they first appear.
    public var families: [ParsedFamily]

    /// An exposition of these families.
    public init(families: [ParsedFamily] = []) { self.families = families }

    /// The family of this name, if there is one.
    public subscript(family name: String) -> ParsedFamily? { families.first { $0.name.isSame(as: name) } }
}

/// The samples that share a name, with what is said of them.
public struct ParsedFamily: Sendable, Equatable {
    /// The name after `# TYPE`, without `_bucket`, `_sum` or `_count`.
    public var name: String
    /// The text after `# HELP`, unescaped; nil where there was no such line.
    public var help: String?
    /// The type after `# TYPE`; untyped where there was no such line.
    public var type: MetricType
    /// The text after `# UNIT`; nil where there was no such line. Text format 0.0.4 has none.
    public var unit: String?
    /// The samples in the order in which they appear.
    public var samples: [ParsedSample]
    /// The native histograms, which only protobuf has, beside the samples of the same histograms.
    public var natives: [ParsedNativeHistogram]

    /// A family of these parts.
    public init(
        name: String,
        help: String? = nil,
        type: MetricType = .untyped,
        unit: String? = nil,
        samples: [ParsedSample] = [],
        natives: [ParsedNativeHistogram] = []
    ) {
        self.name = name
        self.help = help
        self.type = type
        self.unit = unit
        self.samples = samples
        self.natives = natives
    }
}

/// The native buckets of one histogram.
public struct ParsedNativeHistogram: Sendable, Equatable {
    /// The labels in the order in which they were written.
    public var labels: [ParsedSample.Label]
    /// The buckets and their exemplars.
    public var buckets: NativeHistogramSnapshot

    /// The buckets of the histogram that has these labels.
    public init(labels: [ParsedSample.Label], buckets: NativeHistogramSnapshot) {
        self.labels = labels
        self.buckets = buckets
    }
}

/// One line of an exposition.
public struct ParsedSample: Sendable, Equatable {
    /// A label's name and its unescaped value.
    public struct Label: Sendable, Hashable {
        /// The label's name.
        public var name: String
        /// The label's value, unescaped.
        public var value: String

        /// A label.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        /// Whether both have the same bytes: letters that only look alike make different labels.
        public static func == (a: Self, b: Self) -> Bool { a.name.isSame(as: b.name) && a.value.isSame(as: b.value) }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(name.key)
            hasher.combine(value.key)
        }
    }

    /// An observation that stands for many, with labels that lead to it, such as the id of a trace.
    ///
    /// <https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars>
    public struct Exemplar: Sendable, Equatable {
        /// The labels in the order in which they were written.
        public var labels: [Label]
        /// The observed value.
        public var value: Double
        /// When it was observed, in milliseconds since 1970, where the exemplar says so.
        public var timestamp: Int64?

        /// An exemplar of these parts.
        public init(labels: [Label], value: Double, timestamp: Int64? = nil) {
            self.labels = labels
            self.value = value
            self.timestamp = timestamp
        }
    }

    /// The name as written, with `_bucket`, `_sum` or `_count` where the family is a histogram or a summary.
    public var name: String
    /// The labels in the order in which they were written.
    public var labels: [Label]
    /// The value.
    public var value: Double
    /// Milliseconds since 1970, where the line has a timestamp.
    public var timestamp: Int64?
    /// The exemplar after the value. Text format 0.0.4 has none.
    public var exemplar: Exemplar?
    /// When counting began, in seconds since 1970, where protobuf says so: of a counter, and of a histogram or summary at
    /// its `_count`. In OpenMetrics, that is a sample of its own, whose name ends in `_created`.
    public var created: Double?

    /// A sample of these parts.
    public init(
        name: String,
        labels: [Label] = [],
        value: Double,
        timestamp: Int64? = nil,
        exemplar: Exemplar? = nil,
        created: Double? = nil
    ) {
        self.name = name
        self.labels = labels
        self.value = value
        self.timestamp = timestamp
        self.exemplar = exemplar
        self.created = created
    }

    /// The value of the label of this name, if there is one.
    public subscript(label name: String) -> String? { labels.first { $0.name.isSame(as: name) }?.value }
}
