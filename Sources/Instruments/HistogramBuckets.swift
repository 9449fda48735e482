/// The buckets of a histogram: classic ones with fixed bounds, native ones that make themselves, or both.
public struct HistogramBuckets: Sendable, Equatable {
    /// More bounds than this are refused: each is a series.
    public static let boundsMax = 1000

    /// The upper bounds of the classic buckets, ascending, without +Inf.
    public var bounds: [Double]
    /// What the native buckets are to be like; nil where there are none.
    public var native: NativeBuckets?

    /// Buckets with these upper bounds.
    public init(_ bounds: [Double] = [], native: NativeBuckets? = nil) {
        // +Inf is there in any case.
        self.bounds = bounds.last == .infinity ? bounds.dropLast() : bounds
        self.native = native
    }

    /// From 5 ms to 10 s: what suits the duration of a request.
    public static let requestSeconds = HistogramBuckets([
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ])

    /// Native buckets only.
    public static func native(_ native: NativeBuckets = NativeBuckets()) -> HistogramBuckets {
        HistogramBuckets(native: native)
    }

    /// `count` bounds: `start`, `start + width` and so on.
    public static func linear(start: Double, width: Double, count: Int) -> HistogramBuckets {
        HistogramBuckets((0..<max(0, min(count, boundsMax))).map { start + width * Double($0) })
    }

    /// `count` bounds: `start`, `start * factor` and so on.
    public static func exponential(start: Double, factor: Double, count: Int) -> HistogramBuckets {
        var bounds: [Double] = []
        var bound = start
        for _ in 0..<max(0, min(count, boundsMax)) {
            bounds.append(bound)
            bound *= factor
        }
        return HistogramBuckets(bounds)
    }

    /// Bounds that reach from `low` to `high` in equal ratios.
    public static func exponential(from low: Double, to high: Double, count: Int) -> HistogramBuckets {
        guard count > 1, low > 0, high > low else { return HistogramBuckets([low, high]) }
        let ratio = high / low
        return HistogramBuckets(
            (0..<min(count, boundsMax)).map {
                $0 == count - 1 ? high : low * ratio.power(Double($0) / Double(count - 1))
            }
        )
    }

    /// What is wrong with the buckets; nil where nothing is.
    var problem: String? {
        if bounds.count > Self.boundsMax { return "\(bounds.count) buckets: at most \(Self.boundsMax) are taken" }
        if let bad = bounds.first(where: { !$0.isFinite }) { return "the bucket \(bad): a bound is a number" }
        for (low, high) in zip(bounds, bounds.dropFirst()) where low >= high {
            return "the buckets \(low) and \(high): each bound is larger than the one before"
        }
        if bounds.isEmpty, native == nil { return "no buckets: give bounds, or ask for native ones" }
        return native?.problem
    }
}

/// What the native buckets of a histogram are like.
///
/// <https://prometheus.io/docs/specs/native_histograms/>
public struct NativeBuckets: Sendable, Equatable {
    /// The resolution at first: bounds grow by a factor of 2^(2^-schema), from -4 (65,536) to 8 (1.0027).
    public var schema: Int
    /// Observations whose absolute value is at most this are in the zero bucket.
    public var zeroThreshold: Double
    /// How many buckets there may be; then the schema is lowered, which joins pairs of buckets.
    public var bucketsMax: Int

    /// Buckets of a resolution of about 9 % that become coarser before there are more than 160.
    public init(schema: Int = 3, zeroThreshold: Double = 0x1p-128, bucketsMax: Int = 160) {
        self.schema = schema
        self.zeroThreshold = zeroThreshold
        self.bucketsMax = bucketsMax
    }

    var problem: String? {
        if !(-4...8).contains(schema) { return "the schema \(schema): it is from -4 to 8" }
        if !(zeroThreshold >= 0 && zeroThreshold.isFinite) {
            return "the zero threshold \(zeroThreshold): it is 0 or more"
        }
        if bucketsMax < 4 { return "at most \(bucketsMax) native buckets: let there be at least 4" }
        return nil
    }
}
