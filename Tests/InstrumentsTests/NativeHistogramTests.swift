import Exposition
import Instruments
import Testing

@testable import Instruments

/// Native buckets are where the specification puts them, and never more than there may be.
struct NativeHistogramTests {
    /// 2^(index * 2^-schema) is the upper bound of a bucket, and belongs to it.
    @Test(arguments: [
        (1.0, 0, 0), (1.0.nextUp, 0, 1), (2.0, 0, 1), (2.0.nextUp, 0, 2), (0.5, 0, -1), (0.5.nextUp, 0, 0),
        (1.0, 3, 0), (1.05, 3, 1), (1.1, 3, 2), (2.0, 3, 8), (4.0, 3, 16), (0.5, 3, -8), (1.5, 1, 2), (1.4, 1, 1),
        (16.0, -2, 1), (17.0, -2, 2), (1.0, -2, 0), (0.9, -2, 0), (0.06, -2, -1), (65536.0, -4, 1), (65537.0, -4, 2),
        (.greatestFiniteMagnitude, -4, 64), (.greatestFiniteMagnitude, 8, 262_144), (.leastNonzeroMagnitude, -4, -67),
        (.leastNonzeroMagnitude, 0, -1074), (.leastNormalMagnitude, 0, -1022),
    ])
    func valuesAreInTheirBucket(value: Double, schema: Int, index: Int) {
        #expect(NativeState.index(of: value, schema) == Int32(index))
    }

    @Test(arguments: -4...8)
    func bucketsAndBoundsAgree(schema: Int) {
        for _ in 0..<2000 {
            let value = Double(sign: .plus, exponent: .random(in: -300...300), significand: .random(in: 1..<2))
            let index = NativeState.index(of: value, schema)
            #expect(value <= NativeState.bound(of: index, schema).nextUp, "\(value)")
            #expect(value >= NativeState.bound(of: index - 1, schema).nextDown, "\(value)")
        }
    }

    @Test func theZeroBucketTakesWhatIsNearZero() throws {
        let histogram = try Registry().histogram("a", "Help.", buckets: .native(NativeBuckets(zeroThreshold: 0.001)))
        for value in [0, -0.0, 0.001, -0.001, 0.0009, 0.0011, -0.0011] { histogram.observe(value) }
        let native = try #require(histogram.snapshot.native)
        #expect(native.zeroCount == 5)
        #expect(native.positive.map(\.count) == [1])
        #expect(native.negative.map(\.count) == [1])
    }

    @Test func joiningPairsOfBucketsLosesNothing() throws {
        let buckets = NativeBuckets(schema: 8, bucketsMax: 20)
        let histogram = try Registry().histogram("a", "Help.", buckets: .native(buckets))
        for index in 1...1000 { histogram.observe(Double(index) / 10) }
        let native = try #require(histogram.snapshot.native)
        #expect(native.schema < 8)
        #expect(native.positive.count <= 20)
        #expect(native.positive.reduce(0) { $0 + $1.count } == 1000)
        // As if they had been counted at this resolution from the start.
        let coarse = try Registry().histogram(
            "a",
            "Help.",
            buckets: .native(NativeBuckets(schema: native.schema, bucketsMax: 20))
        )
        for index in 1...1000 { coarse.observe(Double(index) / 10) }
        #expect(coarse.snapshot.native == native)
    }

    /// Values that an attacker would choose: as far from each other as they can be.
    @Test func thereAreNeverMoreBucketsThanTheLimit() throws {
        let histogram = try Registry().histogram("a", "Help.", buckets: .native())
        var count: UInt64 = 0
        for exponent in stride(from: -1074, through: 1023, by: 1) {
            for sign in [FloatingPointSign.plus, .minus] {
                histogram.observe(Double(sign: sign, exponent: exponent, significand: 1.3))
                count += 1
            }
        }
        let native = try #require(histogram.snapshot.native)
        #expect(native.positive.count + native.negative.count <= 160)
        let sum = (native.positive + native.negative).reduce(native.zeroCount) { $0 + $1.count }
        #expect(sum == count)
        #expect(histogram.snapshot.count == count)
    }

    @Test func atTheLowestResolutionTheZeroBucketGrows() throws {
        let histogram = try Registry().histogram(
            "a",
            "Help.",
            buckets: .native(NativeBuckets(schema: -4, zeroThreshold: 0, bucketsMax: 4))
        )
        for exponent in stride(from: -900, through: 900, by: 100) {
            histogram.observe(Double(sign: .plus, exponent: exponent, significand: 1))
            histogram.observe(Double(sign: .minus, exponent: exponent, significand: 1))
        }
        let native = try #require(histogram.snapshot.native)
        #expect(native.positive.count + native.negative.count <= 4)
        #expect(native.zeroThreshold > 0)
        #expect((native.positive + native.negative).reduce(native.zeroCount) { $0 + $1.count } == 38)
        // What is in the zero bucket by its bound is counted there from now on.
        #expect(native.positive.allSatisfy { NativeState.bound(of: $0.index, -4) > native.zeroThreshold })
    }
}
