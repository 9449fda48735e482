/// The fields of a protobuf histogram that make it a native one, as they are read.
struct ProtobufNativeHistogram {
    private var schema: Int64 = 0
    private var zeroThreshold = 0.0
    private var zeroCount: UInt64 = 0
    private var negative = Buckets()
    private var positive = Buckets()
    /// Exemplars of no bucket in particular.
    var exemplars: [Exemplar] = []
    /// How many spans and counts are taken.
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Buckets of one sign: where runs of them are, and the difference of each one's count to the one before it.
    private struct Buckets {
        var spans: [(offset: Int64, length: UInt64)] = []
        var deltas: [Int64] = []
    }

    /// Takes a field that the classic part of a histogram does not know.
    mutating func take(_ field: ProtobufCursor.Field, _ message: ProtobufMessage) throws(ParseError) {
        switch field.number {
        case 5: schema = try message.varint(field).fromZigZag
        case 6: zeroThreshold = try message.double(field)
        case 7: zeroCount = try message.varint(field)
        case 9: try Self.append(try message.message(field), to: &negative.spans, limit: limit)
        case 10: try message.zigZags(field, into: &negative.deltas, limit: limit)
        case 12: try Self.append(try message.message(field), to: &positive.spans, limit: limit)
        case 13: try message.zigZags(field, into: &positive.deltas, limit: limit)
        case 8, 11, 14:
            throw message.error("a native histogram whose counts are fractions is not read here: leave it out")
        default: return
        }
    }

    /// The histogram; nil where these fields say that it is a classic one.
    func snapshot(_ message: ProtobufMessage) throws(ParseError) -> NativeHistogramSnapshot? {
        // Servers tell by these; an empty histogram without a zero bucket has a span that is empty.
        let isNative =
            !positive.spans.isEmpty || !negative.spans.isEmpty || zeroThreshold > 0 || zeroCount > 0
        guard isNative else { return nil }
        guard (-4...8).contains(schema) else { throw message.error("no schema \(schema): write -4 to 8") }
        guard zeroThreshold >= 0, zeroThreshold < .infinity else {
            throw message.error("the zero threshold is \(zeroThreshold): write one from 0 on")
        }
        return NativeHistogramSnapshot(
            schema: Int(schema),
            zeroThreshold: zeroThreshold,
            zeroCount: zeroCount,
            positive: try Self.buckets(positive, message),
            negative: try Self.buckets(negative, message),
            exemplars: exemplars
        )
    }

    private static func append(
        _ message: ProtobufMessage,
        to spans: inout [(offset: Int64, length: UInt64)],
        limit: Int
    ) throws(ParseError) {
        guard spans.count < limit else { throw message.error("more than \(limit) buckets: write fewer") }
        var offset: Int64 = 0
        var length: UInt64 = 0
        var rest = message
        while let field = try rest.next() {
            switch field.number {
            case 1: offset = try rest.varint(field).fromZigZag
            case 2: length = try rest.varint(field)
            default: continue
            }
        }
        spans.append((offset, length))
    }

    /// One bucket for each delta, so never more than the input has.
    private static func buckets(
        _ read: Buckets,
        _ message: ProtobufMessage
    ) throws(ParseError) -> [NativeHistogramSnapshot.Bucket] {
        var buckets: [NativeHistogramSnapshot.Bucket] = []
        var next: Int64 = 0
        var count: Int64 = 0
        for (number, span) in read.spans.enumerated() {
            guard number == 0 || span.offset >= 0 else { throw message.error("spans overlap: write them in order") }
            guard span.length <= UInt64(read.deltas.count - buckets.count) else {
                throw message.error("spans of more buckets than there are counts: write as many")
            }
            // The offsets are of 32 bits, and there are fewer of them than bytes, so this stays within 64.
            guard span.offset.magnitude <= Int32.max else { throw message.error("a span is out of range") }
            next += span.offset
            for _ in 0..<span.length {
                let (sum, isTooLarge) = count.addingReportingOverflow(read.deltas[buckets.count])
                guard !isTooLarge, sum >= 0 else {
                    throw message.error("the count of a bucket is negative or too large")
                }
                guard let index = Int32(exactly: next) else { throw message.error("a bucket is out of range") }
                count = sum
                next += 1
                buckets.append(.init(index: index, count: UInt64(count)))
            }
        }
        guard buckets.count == read.deltas.count else {
            throw message.error("counts of more buckets than spans have: write as many")
        }
        return buckets
    }
}
