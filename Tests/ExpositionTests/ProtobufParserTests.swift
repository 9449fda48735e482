import Testing

@testable import Exposition

/// Messages from anyone: what is right is read as protobuf says, and what is not is refused with its place.
struct ProtobufParserTests {
    // MARK: Building messages

    private func message(_ body: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        body(&bytes)
        return bytes
    }

    /// A family of this type with metrics of these bytes.
    private func family(_ type: UInt64, _ metrics: [UInt8]..., name: String = "m") -> [UInt8] {
        delimited(
            message { out in
                out.appendProtobuf(field: 1, bytes: name.utf8)
                out.appendProtobuf(field: 3, varint: type)
                for metric in metrics { out.appendProtobuf(field: 4, bytes: metric) }
            }
        )
    }

    private func delimited(_ bytes: [UInt8]) -> [UInt8] { message { $0.appendVarint(UInt64(bytes.count)) } + bytes }

    private func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        message { $0.appendProtobuf(field: number, bytes: bytes) }
    }

    private func double(_ number: UInt64, _ value: Double) -> [UInt8] {
        message { $0.appendProtobuf(field: number, double: value) }
    }

    private func varint(_ number: UInt64, _ value: UInt64) -> [UInt8] {
        message { $0.appendProtobuf(field: number, varint: value) }
    }

    private func zigZag(_ number: UInt64, _ value: Int64) -> [UInt8] {
        message { $0.appendProtobuf(field: number, zigZag: value) }
    }

    private func label(_ name: String, _ value: String) -> [UInt8] {
        field(1, field(1, Array(name.utf8)) + field(2, Array(value.utf8)))
    }

    private func gauge(_ value: Double) -> [UInt8] { field(2, double(1, value)) }

    private func span(_ number: UInt64, _ offset: Int64, _ length: UInt64) -> [UInt8] {
        field(number, zigZag(1, offset) + varint(2, length))
    }

    private func error(_ bytes: [UInt8], _ limits: ParseLimits = ParseLimits()) -> ParseError? {
        do {
            _ = try ProtobufParser.parse(bytes, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    // MARK: What is right

    @Test func nothingIsNothing() throws { #expect(try ProtobufParser.parse([]) == ParsedExposition()) }

    /// In any order, with fields that are not known between them, and numbers written longer than need be.
    @Test func fieldsMayComeInAnyOrder() throws {
        let metric = gauge(5) + field(99, [1, 2, 3]) + label("l", "x") + message { $0 += [0x30, 0xFF, 0x80, 0x00] }
        let bytes = message { out in
            out.appendProtobuf(field: 4, bytes: metric)
            out.appendProtobuf(field: 5, bytes: "seconds".utf8)
            out += [0x9D, 0x06, 1, 2, 3, 4]  // field 99, of 32 bits
            out.appendProtobuf(field: 3, varint: 1)
            out.appendProtobuf(field: 2, bytes: "Help.".utf8)
            out.appendProtobuf(field: 1, bytes: "first".utf8)
            out.appendProtobuf(field: 1, bytes: "m_seconds".utf8)
        }
        let expected = ParsedFamily(
            name: "m_seconds",
            help: "Help.",
            type: .gauge,
            unit: "seconds",
            samples: [ParsedSample(name: "m_seconds", labels: [.init("l", "x")], value: 5, timestamp: 127)]
        )
        #expect(try ProtobufParser.parse(delimited(bytes)) == ParsedExposition(families: [expected]))
    }

    @Test func aFamilyIsACounterUnlessItSaysOtherwise() throws {
        let bytes = delimited(field(1, Array("c".utf8)) + field(4, field(3, [])))
        let families = try ProtobufParser.parse(bytes).families
        #expect(families == [ParsedFamily(name: "c", type: .counter, samples: [ParsedSample(name: "c", value: 0)])])
    }

    /// Counts of buckets in one field each, as protobuf 2 writes them, and packed in one, or in two.
    @Test func countsOfBucketsMayBePackedOrNot() throws {
        let start = varint(1, 6) + zigZag(5, 2) + span(12, 1, 3)
        let single = zigZag(13, 1) + zigZag(13, 1) + zigZag(13, 1)
        let packed = field(13, [2, 2, 2])
        let mixed = field(13, [2]) + zigZag(13, 1) + field(13, [2])
        for deltas in [single, packed, mixed] {
            let read = try ProtobufParser.parse(family(4, field(7, start + deltas)))
            #expect(
                read.families[0].natives.map(\.buckets) == [
                    NativeHistogramSnapshot(
                        schema: 2,
                        zeroThreshold: 0,
                        positive: [.init(index: 1, count: 1), .init(index: 2, count: 2), .init(index: 3, count: 3)]
                    )
                ]
            )
        }
    }

    @Test func aHistogramHasABucketOfInfinityInAnyCase() throws {
        let bucket = field(3, varint(1, 1) + double(2, 0.5))
        let infinite = field(3, varint(1, 4) + double(2, .infinity))
        for histogram in [bucket, bucket + infinite] {
            let read = try ProtobufParser.parse(family(4, field(7, varint(1, 4) + histogram)))
            #expect(
                read.families[0].samples == [
                    ParsedSample(name: "m_bucket", labels: [.init("le", "0.5")], value: 1),
                    ParsedSample(name: "m_bucket", labels: [.init("le", "+Inf")], value: 4),
                    ParsedSample(name: "m_count", value: 4),
                ]
            )
        }
    }

    @Test func timesOutOfRangeAreUnknown() throws {
        for time in [varint(1, 1 << 62), varint(2, 1_000_000_000), varint(1, UInt64(bitPattern: -1 << 62))] {
            let read = try ProtobufParser.parse(family(0, field(3, double(1, 2) + field(3, time))))
            #expect(read.families[0].samples.map(\.created) == [nil])
        }
        let negative = varint(1, UInt64(bitPattern: -2)) + varint(2, 500_000_000)
        let read = try ProtobufParser.parse(family(0, field(3, double(1, 2) + field(3, negative))))
        #expect(read.families[0].samples.map(\.created) == [-1.5])
    }

    // MARK: What is not

    @Test func whatIsCutOffAnywhereIsRefused() throws {
        let whole = family(4, label("l", "x") + field(7, varint(1, 300) + field(3, varint(1, 1) + double(2, 0.5))))
        _ = try ProtobufParser.parse(whole)
        for length in 1..<whole.count {
            let cut = Array(whole.prefix(length))
            #expect(error(cut)?.line == 1, "\(length)")
            // With its length put right, so that what is cut is within it.
            if length > 1 {
                let rest = Array(cut.dropFirst())
                // Cut between two fields it is whole, but without a metric or a name.
                #expect(
                    error(delimited(rest)) != nil
                        || (try? ProtobufParser.parse(delimited(rest)))?.families[0].samples == []
                )
            }
        }
    }

    @Test func whatIsWrongIsRefused() {
        let rows: [(bytes: [UInt8], message: String)] = [
            ([0xFF], "cut off"),
            ([5, 0], "cut off"),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "cut off"),
            (delimited([0]), "no protobuf field"),  // field 0
            (delimited([0x0B]), "no protobuf field"),  // a group
            (delimited([0x0F]), "no protobuf field"),  // a wire type that is none
            (delimited([0x0A, 5, 0x61]), "no protobuf field"),
            (delimited([0x18] + [UInt8](repeating: 0xFF, count: 11)), "no protobuf field"),
            (delimited([]), "without a name"),
            (family(1, name: ""), "without a name"),
            (delimited(field(1, [0xC3])), "invalid UTF-8"),
            (delimited(varint(1, 1)), "wire type 0"),
            (delimited(field(1, [0x61]) + field(3, [])), "wire type 2"),
            (family(5), "gauge histograms"),
            (family(6), "no type 6"),
            (family(.max), "no type"),
            (family(1, []), "without a value"),
            (family(1, gauge(1) + gauge(2)), "a second value"),
            (family(0, gauge(1)), "a value of another type"),
            (family(1, gauge(1) + field(3, [])), "a value of another type"),
            (family(1, field(2, varint(1, 1))), "wire type 0"),
            (family(1, field(2, [0x0D, 0, 0, 0, 0])), "wire type 5"),
            (family(1, varint(2, 1)), "wire type 0"),
            (family(1, label("", "x") + gauge(1)), "can't be used"),
            (family(1, label("__name__", "x") + gauge(1)), "can't be used"),
            (family(1, label("l", "x") + label("l", "y") + gauge(1)), "a second label"),
            (family(1, field(1, field(1, [0x6C]) + field(2, [0xFF])) + gauge(1)), "invalid UTF-8"),
            (family(1, gauge(1)) + family(1, gauge(2)), "a second family"),
            (family(4, field(7, [])) + family(1, gauge(1), name: "m_count"), "belongs to"),
            (family(1, gauge(1), name: "m_count") + family(4, field(7, [])), "clashes"),
            (family(4, label("le", "1") + field(7, [])), "a second label"),
            (family(2, label("quantile", "1") + field(4, field(3, []))), "a second label"),
            (family(2, field(4, field(3, double(1, .nan)))), "write a number"),
            (family(4, field(7, field(3, double(2, .nan)))), "write a number"),
            (family(4, field(7, double(4, 1.5))), "a fraction"),
            (family(4, field(7, field(3, double(4, 1.5)))), "a fraction"),
            (family(4, field(7, double(8, 1.5))), "fractions"),
            (family(4, field(7, varint(7, 1) + zigZag(5, 9))), "no schema 9"),
            (family(4, field(7, varint(7, 1) + zigZag(5, -5))), "no schema -5"),
            (family(4, field(7, varint(7, 1) + double(6, -1))), "zero threshold"),
            (family(4, field(7, varint(7, 1) + double(6, .nan))), "zero threshold"),
            (family(4, field(7, span(12, 0, 1))), "more buckets than there are counts"),
            (family(4, field(7, span(12, 0, .max))), "more buckets than there are counts"),
            (family(4, field(7, span(12, 0, 1) + field(13, [2, 2]))), "more buckets than spans"),
            (family(4, field(7, varint(7, 1) + field(13, [2]))), "more buckets than spans"),
            (family(4, field(7, span(12, 0, 1) + field(13, [1]))), "negative"),
            (family(4, field(7, span(12, 0, 2) + zigZag(13, .max) + zigZag(13, 1))), "too large"),
            (family(4, field(7, span(12, 0, 1) + span(12, -1, 1) + field(13, [2, 2]))), "overlap"),
            (family(4, field(7, span(12, .max, 1) + field(13, [2]))), "out of range"),
            (family(4, field(7, span(12, .min, 1) + field(13, [2]))), "out of range"),
            (family(4, field(7, span(12, 0x7FFF_FFFF, 2) + field(13, [2, 2]))), "out of range"),
            (family(4, field(7, span(12, 0, 1) + field(13, [0x80]))), "more than 64 bits"),
            (family(0, field(3, field(2, label("l", String(repeating: "é", count: 128))))), "within 128"),
        ]
        for (bytes, message) in rows {
            let found = error(bytes)?.message ?? "nothing"
            #expect(found.contains(message), "\(bytes): \(found)")
        }
    }

    @Test func anErrorTellsTheMessageAndTheByte() {
        let good = family(1, gauge(1))
        let bad = delimited(field(1, [0x61]) + varint(3, 1) + field(4, label("x", "y") + field(2, [7])))
        let error = error(good + bad)
        #expect(error?.line == 2)
        // 3 bytes of name, 2 of type, 2 before the metric, 8 of a label, 2 before the gauge; then the field in it.
        #expect(error?.column == 18)
    }

    @Test func limits() {
        let many = family(1, gauge(1), gauge(2), gauge(3))
        #expect(error(many, ParseLimits(samples: 3)) == nil)
        #expect(error(many, ParseLimits(samples: 2))?.message.contains("more than 2 samples") == true)
        #expect(error(many, ParseLimits(bytes: many.count)) == nil)
        #expect(error(many, ParseLimits(bytes: many.count - 1))?.message.contains("keep it within") == true)
        let labelled = family(1, label("a", "1") + label("b", "2") + gauge(1))
        #expect(error(labelled, ParseLimits(labels: 2)) == nil)
        #expect(error(labelled, ParseLimits(labels: 1))?.message.contains("more than 1 labels") == true)
        // Buckets of a native histogram count as samples too.
        let native = family(4, field(7, span(12, 0, 100) + field(13, [UInt8](repeating: 0, count: 100))))
        #expect(error(native, ParseLimits(samples: 102)) == nil)
        #expect(error(native, ParseLimits(samples: 101))?.message.contains("more than 101 samples") == true)
        #expect(error(native, ParseLimits(samples: 99))?.message.contains("more than 99 buckets") == true)
        let spans = family(4, field(7, (0..<100).flatMap { _ in field(12, []) }))
        #expect(error(spans, ParseLimits(samples: 99))?.message.contains("more than 99 buckets") == true)
        // An empty bucket takes two bytes and makes a sample.
        let buckets = family(4, field(7, (0..<100).flatMap { field(3, double(2, Double($0))) }))
        #expect(error(buckets, ParseLimits(samples: 100))?.message.contains("more than 100 samples") == true)
    }
}
