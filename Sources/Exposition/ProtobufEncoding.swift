// The few parts of protobuf's wire format that expositions need: <https://protobuf.dev/programming-guides/encoding/>.

extension MetricType {
    /// `io.prometheus.client.MetricType`, which knows no info and no state set.
    var protobufNumber: UInt64 {
        switch self {
        case .counter: 0
        case .gauge, .info, .stateSet: 1
        case .summary: 2
        case .untyped: 3
        case .histogram: 4
        }
    }
}

extension [UInt8] {
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// A signed number so that small negative ones are short.
    mutating func appendZigZag(_ value: Int64) { appendVarint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    mutating func appendTag(_ field: UInt64, _ wireType: UInt64) { appendVarint(field << 3 | wireType) }

    mutating func appendProtobuf(field: UInt64, varint value: UInt64) {
        appendTag(field, 0)
        appendVarint(value)
    }

    mutating func appendProtobuf(field: UInt64, zigZag value: Int64) {
        appendTag(field, 0)
        appendZigZag(value)
    }

    mutating func appendProtobuf(field: UInt64, double value: Double) {
        appendTag(field, 1)
        var bits = value.bitPattern.littleEndian
        Swift.withUnsafeBytes(of: &bits) { append(contentsOf: $0) }
    }

    mutating func appendProtobuf(field: UInt64, bytes: some Collection<UInt8>) {
        appendTag(field, 2)
        appendVarint(UInt64(bytes.count))
        append(contentsOf: bytes)
    }

    /// Appends a message whose fields `body` appends; its length is put before them when it is known.
    mutating func appendProtobuf(field: UInt64, message body: (inout Self) -> Void) {
        appendTag(field, 2)
        let start = count
        append(0)
        body(&self)
        setLength(at: start)
    }

    /// Makes the byte at `start` the length of all that follows it, moving that where the length needs more bytes.
    mutating func setLength(at start: Int) {
        let length = UInt64(count - start - 1)
        guard length >= 0x80 else {
            self[start] = UInt8(truncatingIfNeeded: length)
            return
        }
        let more = (63 - length.leadingZeroBitCount) / 7
        let end = count
        for _ in 0..<more { append(0) }
        withUnsafeMutableBytes { bytes in
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[(start + 1 + more)...])
            rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[(start + 1)..<end]))
        }
        var value = length
        for index in start..<(start + more) {
            self[index] = UInt8(truncatingIfNeeded: value) | 0x80
            value >>= 7
        }
        self[start + more] = UInt8(truncatingIfNeeded: value)
    }

    /// `google.protobuf.Timestamp`, of seconds since 1970.
    mutating func appendProtobuf(field: UInt64, timestamp seconds: Double) {
        guard seconds.isTime else { return }
        let whole = seconds.rounded(.down)
        appendProtobuf(field: field) { out in
            out.appendProtobuf(field: 1, varint: UInt64(bitPattern: Int64(whole)))
            // Just below a whole second, the rest may be rounded to one.
            out.appendProtobuf(field: 2, varint: Swift.min(UInt64((seconds - whole) * 1e9), 999_999_999))
        }
    }

    // MARK: Messages of io.prometheus.client

    mutating func appendProtobuf(exemplar: Exemplar, field: UInt64, by scheme: EscapingScheme) {
        guard let labels = exemplar.labels(by: scheme) else { return }
        appendProtobuf(field: field) { out in
            labels.withRendered { out.appendProtobuf(labels: $0) }
            out.appendProtobuf(field: 2, double: exemplar.value)
            if let timestamp = exemplar.timestamp { out.appendProtobuf(field: 3, timestamp: timestamp) }
        }
    }

    /// Label pairs from labels that are rendered for text.
    mutating func appendProtobuf(labels: RenderedLabels) {
        labels.forEach { name, value in
            appendProtobuf(field: 1) { out in
                out.appendProtobuf(field: 1) { $0.appendUnescaped(name) }
                out.appendProtobuf(field: 2) { $0.appendUnescaped(value) }
            }
        }
    }

    mutating func appendProtobuf(_ histogram: HistogramSnapshot, by scheme: EscapingScheme) {
        let native = histogram.writableNative
        appendProtobuf(field: 7) { out in
            out.appendProtobuf(field: 1, varint: histogram.count)
            if let sum = histogram.sum { out.appendProtobuf(field: 2, double: sum) }
            histogram.forEachBucket { bound, count, exemplar in
                // +Inf's count is the histogram's; its bucket is written for an exemplar only.
                if bound < .infinity || exemplar != nil { out.appendBucket(count, bound, exemplar, by: scheme) }
            }
            if let native { out.appendNative(native) }
            if let created = histogram.created { out.appendProtobuf(field: 15, timestamp: created) }
            for exemplar in native?.exemplars ?? [] {
                out.appendProtobuf(exemplar: exemplar, field: 16, by: scheme)
            }
        }
    }

    mutating func appendProtobuf(_ summary: SummarySnapshot) {
        appendProtobuf(field: 4) { out in
            if let count = summary.count { out.appendProtobuf(field: 1, varint: count) }
            if let sum = summary.sum { out.appendProtobuf(field: 2, double: sum) }
            summary.forEachQuantile { quantile, value in
                out.appendProtobuf(field: 3) { out in
                    out.appendProtobuf(field: 1, double: quantile)
                    out.appendProtobuf(field: 2, double: value)
                }
            }
            if let created = summary.created { out.appendProtobuf(field: 4, timestamp: created) }
        }
    }

    private mutating func appendBucket(
        _ count: UInt64,
        _ bound: Double,
        _ exemplar: Exemplar?,
        by scheme: EscapingScheme
    ) {
        appendProtobuf(field: 3) { out in
            out.appendProtobuf(field: 1, varint: count)
            out.appendProtobuf(field: 2, double: bound)
            if let exemplar { out.appendProtobuf(exemplar: exemplar, field: 3, by: scheme) }
        }
    }

    private mutating func appendNative(_ native: NativeHistogramSnapshot) {
        appendProtobuf(field: 5, zigZag: Int64(native.schema))
        appendProtobuf(field: 6, double: native.zeroThreshold)
        appendProtobuf(field: 7, varint: native.zeroCount)
        appendBuckets(native.negative, spans: 9, deltas: 10)
        appendBuckets(native.positive, spans: 12, deltas: 13)
        let isEmpty = native.positive.isEmpty && native.negative.isEmpty
        // Without a span, a zero bucket or a threshold, it could not be told from a classic histogram.
        if isEmpty, native.zeroThreshold == 0, native.zeroCount == 0 { appendSpan(12, offset: 0, length: 0) }
    }

    /// Runs of buckets that follow each other, and the difference of each bucket's count to the one before it.
    private mutating func appendBuckets(_ buckets: [NativeHistogramSnapshot.Bucket], spans: UInt64, deltas: UInt64) {
        guard !buckets.isEmpty else { return }
        // The first span's offset is the index of its bucket, each later one's the length of the gap before it.
        var next: Int32 = 0
        var start = buckets.startIndex
        while start < buckets.endIndex {
            var end = start + 1
            while end < buckets.endIndex, buckets[end].index == buckets[end - 1].index + 1 { end += 1 }
            appendSpan(spans, offset: buckets[start].index - next, length: end - start)
            next = buckets[end - 1].index + 1
            start = end
        }
        appendProtobuf(field: deltas) { out in
            var last: Int64 = 0
            for bucket in buckets {
                let count = Int64(clamping: bucket.count)
                out.appendZigZag(count - last)
                last = count
            }
        }
    }

    private mutating func appendSpan(_ field: UInt64, offset: Int32, length: Int) {
        appendProtobuf(field: field) { out in
            out.appendProtobuf(field: 1, zigZag: Int64(offset))
            out.appendProtobuf(field: 2, varint: UInt64(length))
        }
    }
}
