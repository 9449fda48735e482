import Exposition
import Glibc

/// The native buckets of a histogram while it counts.
///
/// Only buckets that are not empty are kept, sorted by index: there are few, and a value is mostly near the last one.
struct NativeState: Sendable {
    private static let exemplarsMax = 10

    private var schema: Int
    private var zeroThreshold: Double
    private let bucketsMax: Int
    private var zeroCount: UInt64 = 0
    private var positive: [NativeHistogramSnapshot.Bucket] = []
    private var negative: [NativeHistogramSnapshot.Bucket] = []
    private var exemplars: [Exemplar] = []

    init(_ buckets: NativeBuckets) {
        schema = buckets.schema
        zeroThreshold = buckets.zeroThreshold
        bucketsMax = buckets.bucketsMax
    }

    /// Adds a finite value, so many times.
    mutating func observe(_ value: Double, count: UInt64) {
        if value.magnitude <= zeroThreshold {
            zeroCount &+= count
        } else if value > 0 {
            Self.add(count, to: Self.index(of: value, schema), in: &positive)
        } else {
            Self.add(count, to: Self.index(of: -value, schema), in: &negative)
        }
        while positive.count + negative.count > bucketsMax { coarsen() }
    }

    /// Keeps the exemplar; the oldest goes where there are too many.
    mutating func add(_ exemplar: Exemplar) {
        if exemplars.count == Self.exemplarsMax { exemplars.removeFirst() }
        exemplars.append(exemplar)
    }

    func read(into snapshot: inout NativeHistogramSnapshot?) {
        var copy = NativeHistogramSnapshot(schema: schema, zeroThreshold: zeroThreshold, zeroCount: zeroCount)
        copy.positive = positive
        copy.negative = negative
        copy.exemplars = exemplars.sorted { $0.value < $1.value }
        snapshot = copy
    }

    private static func add(
        _ count: UInt64,
        to index: Int32,
        in buckets: inout [NativeHistogramSnapshot.Bucket]
    ) {
        var low = 0
        var high = buckets.count
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle].index < index { low = middle + 1 } else { high = middle }
        }
        if low < buckets.count, buckets[low].index == index {
            buckets[low].count &+= count
        } else {
            buckets.insert(.init(index: index, count: count), at: low)
        }
    }

    // MARK: The limit

    /// Halves the resolution; at the lowest one, takes the bucket that is nearest to zero into the zero bucket.
    private mutating func coarsen() {
        guard schema > -4 else { return widenZeroBucket() }
        schema -= 1
        Self.joinPairs(&positive)
        Self.joinPairs(&negative)
    }

    private static func joinPairs(_ buckets: inout [NativeHistogramSnapshot.Bucket]) {
        var joined: [NativeHistogramSnapshot.Bucket] = []
        for bucket in buckets {
            // Half of it, rounded up: buckets 1 and 2 become 1.
            let index = (bucket.index + 1) >> 1
            if let last = joined.indices.last, joined[last].index == index {
                joined[last].count &+= bucket.count
            } else {
                joined.append(.init(index: index, count: bucket.count))
            }
        }
        buckets = joined
    }

    private mutating func widenZeroBucket() {
        let nearest = [positive.first, negative.first].compactMap { $0?.index }.min() ?? 0
        zeroThreshold = max(zeroThreshold, Self.bound(of: nearest, schema))
        for buckets in [\NativeState.positive, \NativeState.negative]
        where self[keyPath: buckets].first?.index == nearest {
            zeroCount &+= self[keyPath: buckets].removeFirst().count
        }
    }

    // MARK: Indices

    /// The bucket of a positive value: the smallest `i` for which the value is at most 2^(i * 2^-schema).
    ///
    /// Of a normal number both halves are read from its bits, which order as the numbers do.
    static func index(of value: Double, _ schema: Int) -> Int32 {
        let isNormal = value.isNormal
        let exponent = isNormal ? Int(value.bitPattern >> 52) - 1023 : Int(value.exponent)
        let significand = (isNormal ? value.bitPattern : value.significand.bitPattern) & significandMask
        guard schema > 0 else {
            // How many powers of two the value is at most, then how many of the bucket's.
            let power = significand == 0 ? exponent : exponent + 1
            let width = 1 << -schema
            return Int32(truncatingIfNeeded: (power + width - 1) >> -schema)
        }
        // The bounds of all schemas are among those of the finest, each so many apart.
        let stride = finestSchema - schema
        let low = finestSignificands.withUnsafeBufferPointer { bounds in
            var low = 0
            var high = 1 << schema
            while low < high {
                let middle = (low + high) / 2
                if significand <= bounds[middle << stride] { high = middle } else { low = middle + 1 }
            }
            return low
        }
        return Int32(truncatingIfNeeded: exponent << schema + low)
    }

    /// The upper bound of a bucket; the largest finite number where it is beyond that.
    static func bound(of index: Int32, _ schema: Int) -> Double {
        exp2(Double(index) * exp2(Double(-schema))).clampedToFinite
    }

    private static let finestSchema = 8
    private static let significandMask: UInt64 = 1 << 52 - 1

    /// The bounds from 1 up to 2 that divide each power of two at the finest schema: the bits of their significands.
    private static let finestSignificands: [UInt64] = (0..<256).map {
        exp2(Double($0) / 256).bitPattern & significandMask
    }
}
