/// What a histogram holds at one moment. Its arrays can be filled again and again without allocating.
public struct HistogramSnapshot: Sendable, Equatable {
    /// The upper bounds of the classic buckets, ascending, without +Inf; empty where there are none.
    public var bounds: [Double]
    /// How many observations were at most each bound.
    public var cumulativeCounts: [UInt64]
    /// How many observations there were.
    public var count: UInt64
    /// The sum of the observations; nil where the source does not tell it.
    public var sum: Double?
    /// The exemplar of each bucket, +Inf's last; empty where there are none at all.
    public var exemplars: [Exemplar?]
    /// The native buckets, which only protobuf can carry.
    public var native: NativeHistogramSnapshot?
    /// When counting began, in seconds since 1970; nil where that is not known.
    public var created: Double?

    /// A histogram of these parts.
    public init(
        bounds: [Double] = [],
        cumulativeCounts: [UInt64] = [],
        count: UInt64 = 0,
        sum: Double? = 0,
        exemplars: [Exemplar?] = [],
        native: NativeHistogramSnapshot? = nil,
        created: Double? = nil
    ) {
        self.bounds = bounds
        self.cumulativeCounts = cumulativeCounts
        self.count = count
        self.sum = sum
        self.exemplars = exemplars
        self.native = native
        self.created = created
    }
}

/// The buckets of a native histogram: bucket `i` of schema `s` reaches up to and including 2^(i * 2^-s).
///
/// <https://prometheus.io/docs/specs/native_histograms/>
public struct NativeHistogramSnapshot: Sendable, Equatable {
    /// A bucket that is not empty.
    public struct Bucket: Sendable, Equatable {
        /// Which bucket of the schema it is.
        public var index: Int32
        /// How many observations are in it, and only in it.
        public var count: UInt64

        /// A bucket.
        public init(index: Int32, count: UInt64) {
            self.index = index
            self.count = count
        }
    }

    /// The resolution: -4 (a factor of 65,536 from bucket to bucket) to 8 (a factor of 1.0027).
    public var schema: Int
    /// Observations whose absolute value is at most this are in the zero bucket.
    public var zeroThreshold: Double
    /// How many observations are in the zero bucket.
    public var zeroCount: UInt64
    /// The buckets of positive values, ascending by index.
    public var positive: [Bucket]
    /// The buckets of negative values by their absolute value, ascending by index.
    public var negative: [Bucket]
    /// Exemplars, ascending by value.
    public var exemplars: [Exemplar]

    /// A native histogram of these parts.
    public init(
        schema: Int,
        zeroThreshold: Double,
        zeroCount: UInt64 = 0,
        positive: [Bucket] = [],
        negative: [Bucket] = [],
        exemplars: [Exemplar] = []
    ) {
        self.schema = schema
        self.zeroThreshold = zeroThreshold
        self.zeroCount = zeroCount
        self.positive = positive
        self.negative = negative
        self.exemplars = exemplars
    }
}

/// What a summary holds at one moment.
public struct SummarySnapshot: Sendable, Equatable {
    /// A quantile from 0 to 1, and the value that this part of the observations is at most.
    public struct Quantile: Sendable, Equatable {
        /// From 0 to 1.
        public var quantile: Double
        /// The value; NaN where nothing was observed lately.
        public var value: Double

        /// A quantile.
        public init(_ quantile: Double, _ value: Double) {
            self.quantile = quantile
            self.value = value
        }
    }

    /// How many observations there were; nil where the source does not tell it.
    public var count: UInt64?
    /// The sum of the observations; nil where the source does not tell it.
    public var sum: Double?
    /// Quantiles, ascending, where the source computes them.
    public var quantiles: [Quantile]
    /// When counting began, in seconds since 1970; nil where that is not known.
    public var created: Double?

    /// A summary of these parts.
    public init(count: UInt64? = 0, sum: Double? = 0, quantiles: [Quantile] = [], created: Double? = nil) {
        self.count = count
        self.sum = sum
        self.quantiles = quantiles
        self.created = created
    }
}
