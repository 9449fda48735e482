import ExporterTesting
import Testing

@testable import Exposition

/// The protobuf that we write is what protoc, given the messages' definition, reads.
struct ProtocTests {
    /// Of <https://github.com/prometheus/client_model>, what an exporter writes.
    private static let definition = """
        syntax = "proto2";
        package io.prometheus.client;
        message LabelPair { optional string name = 1; optional string value = 2; }
        enum MetricType { COUNTER = 0; GAUGE = 1; SUMMARY = 2; UNTYPED = 3; HISTOGRAM = 4; GAUGE_HISTOGRAM = 5; }
        message Timestamp { optional int64 seconds = 1; optional int32 nanos = 2; }
        message Exemplar { repeated LabelPair label = 1; optional double value = 2; optional Timestamp timestamp = 3; }
        message Gauge { optional double value = 1; }
        message Counter {
          optional double value = 1; optional Exemplar exemplar = 2; optional Timestamp created_timestamp = 3;
        }
        message Quantile { optional double quantile = 1; optional double value = 2; }
        message Summary {
          optional uint64 sample_count = 1; optional double sample_sum = 2; repeated Quantile quantile = 3;
          optional Timestamp created_timestamp = 4;
        }
        message Untyped { optional double value = 1; }
        message Bucket {
          optional uint64 cumulative_count = 1; optional double upper_bound = 2; optional Exemplar exemplar = 3;
        }
        message BucketSpan { optional sint32 offset = 1; optional uint32 length = 2; }
        message Histogram {
          optional uint64 sample_count = 1; optional double sample_sum = 2; repeated Bucket bucket = 3;
          optional sint32 schema = 5; optional double zero_threshold = 6; optional uint64 zero_count = 7;
          repeated BucketSpan negative_span = 9; repeated sint64 negative_delta = 10;
          repeated BucketSpan positive_span = 12; repeated sint64 positive_delta = 13;
          optional Timestamp created_timestamp = 15; repeated Exemplar exemplars = 16;
        }
        message Metric {
          repeated LabelPair label = 1; optional Gauge gauge = 2; optional Counter counter = 3;
          optional Summary summary = 4; optional Untyped untyped = 5; optional int64 timestamp_ms = 6;
          optional Histogram histogram = 7;
        }
        message MetricFamily {
          optional string name = 1; optional string help = 2; optional MetricType type = 3;
          repeated Metric metric = 4; optional string unit = 5;
        }

        """

    /// What protoc makes of a family, as one line.
    private func decoded(_ body: (inout MetricWriter) -> Void) throws -> String {
        var writer = MetricWriter(format: .protobuf)
        body(&writer)
        var bytes: [UInt8] = []
        _ = MetricWriter.join([writer], into: &bytes)
        // protoc reads one message, without its length.
        var cursor = ProtobufCursor(bytes[...])
        let first = cursor.lengthAndBytes()
        let message = try #require(first)
        try #require(cursor.isAtEnd)
        let folder = TemporaryFolder()
        folder.write("metrics.proto", Self.definition)
        folder.write("message", Array(message))
        let command = """
            exec protoc --proto_path=\(folder.path) --decode=io.prometheus.client.MetricFamily metrics.proto \
            <\(folder.path)/message
            """
        let protoc = try RunningProgram("sh", ["-c", command])
        #expect(protoc.waitForExit() == 0)
        return protoc.printed.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
    }

    @Test func aCounter() throws {
        let exemplar = try #require(Exemplar([("t", "x\"\n")], value: 2, timestamp: 1.5))
        let family = MetricFamily(.counter, name: "c_seconds_total", help: "Help.")
        let text = try decoded {
            $0.emit(family, LabelSet([("l", "é\\"), ("m", "")]), 12.5, exemplar: exemplar, created: 3.25)
        }
        #expect(
            text == #"""
                name: "c_seconds_total" help: "Help." type: COUNTER metric { label { name: "l" value: "\303\251\\" } \#
                label { name: "m" value: "" } counter { value: 12.5 exemplar { label { name: "t" value: "x\"\n" } \#
                value: 2 timestamp { seconds: 1 nanos: 500000000 } } created_timestamp { seconds: 3 nanos: 250000000 } \#
                } } unit: "seconds"
                """#
        )
    }

    @Test func numbers() throws {
        let kinds: [(MetricType, type: String, field: String)] = [
            (.gauge, "GAUGE", "gauge"), (.info, "GAUGE", "gauge"), (.stateSet, "GAUGE", "gauge"),
            (.untyped, "UNTYPED", "untyped"),
        ]
        for (type, name, field) in kinds {
            let text = try decoded { $0.emit(MetricFamily(type, name: "m", help: ""), .none, -0.0) }
            #expect(text == #"name: "m" help: "" type: \#(name) metric { \#(field) { value: -0 } }"#)
        }
        let nan = try decoded { $0.emit(MetricFamily(.gauge, name: "m", help: ""), .none, .nan) }
        #expect(nan.hasSuffix("gauge { value: nan } }"))
    }

    @Test func aSummary() throws {
        let summary = SummarySnapshot(
            count: .max,
            sum: 0.75,
            quantiles: [.init(0.5, 1), .init(1, .infinity)],
            created: 3
        )
        let text = try decoded { $0.emit(MetricFamily(.summary, name: "s", help: ""), .none, summary) }
        #expect(
            text == #"""
                name: "s" help: "" type: SUMMARY metric { summary { sample_count: 18446744073709551615 \#
                sample_sum: 0.75 quantile { quantile: 0.5 value: 1 } quantile { quantile: 1 value: inf } \#
                created_timestamp { seconds: 3 nanos: 0 } } }
                """#
        )
    }

    @Test func aHistogramOfBothKinds() throws {
        let exemplar = try #require(Exemplar([], value: 7))
        let histogram = HistogramSnapshot(
            bounds: [0.5, 2],
            cumulativeCounts: [1, 5],
            count: 9,
            sum: 1.5,
            exemplars: [nil, nil, exemplar],
            native: NativeHistogramSnapshot(
                schema: -4,
                zeroThreshold: 0.25,
                zeroCount: 2,
                positive: [.init(index: 0, count: 1), .init(index: 1, count: 3), .init(index: 4, count: 2)],
                negative: [.init(index: -2, count: 1)],
                exemplars: [exemplar]
            ),
            created: 3
        )
        let text = try decoded { $0.emit(MetricFamily(.histogram, name: "h", help: ""), .none, histogram) }
        #expect(
            text == #"""
                name: "h" help: "" type: HISTOGRAM metric { histogram { sample_count: 9 sample_sum: 1.5 \#
                bucket { cumulative_count: 1 upper_bound: 0.5 } bucket { cumulative_count: 5 upper_bound: 2 } \#
                bucket { cumulative_count: 9 upper_bound: inf exemplar { value: 7 } } \#
                schema: -4 zero_threshold: 0.25 zero_count: 2 negative_span { offset: -2 length: 1 } \#
                negative_delta: 1 positive_span { offset: 0 length: 2 } positive_span { offset: 2 length: 1 } \#
                positive_delta: 1 positive_delta: 2 positive_delta: -1 created_timestamp { seconds: 3 nanos: 0 } \#
                exemplars { value: 7 } } }
                """#
        )
    }

    /// Lengths of more than one byte, moved into place behind what they are the length of.
    @Test func manyBuckets() throws {
        let buckets = (0..<160).map { NativeHistogramSnapshot.Bucket(index: $0 * 3, count: UInt64($0)) }
        let native = NativeHistogramSnapshot(schema: 8, zeroThreshold: 0, positive: buckets)
        let histogram = HistogramSnapshot(count: 160 * 159 / 2, sum: 1, native: native)
        let long = LabelValue(String(repeating: "x", count: 8000))
        let text = try decoded {
            $0.emit(MetricFamily(.histogram, name: "h", help: ""), LabelSet([("l", long)]), histogram)
        }
        #expect(text.split(separator: " ").count { $0 == "positive_span" } == 160)
        #expect(text.split(separator: " ").count { $0 == "positive_delta:" } == 160)
    }
}
