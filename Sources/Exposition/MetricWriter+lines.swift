// Histograms and summaries in the text formats: a line for each bucket or quantile, the sum and the count.

extension MetricWriter {
    mutating func writeLines(_ histogram: HistogramSnapshot) {
        takeLabels()
        histogram.forEachBucket { bound, count, exemplar in
            beginLine(suffix: "_bucket")
            bytes.append(copyOf: lineLabels)
            appendBound(bound)
            bytes.append(Byte.space)
            bytes.appendCount(count)
            if let exemplar, form.format == .openMetrics { append(exemplar) }
            bytes.append(Byte.lineFeed)
        }
        let sum = counted(histogram.sum, isCounter: !histogram.hasNegativeBound)
        // OpenMetrics wants both or none.
        let hasCount = form.format != .openMetrics || sum != nil
        writeSumAndCount(sum, hasCount ? histogram.count : nil, histogram.created)
    }

    mutating func writeLines(_ summary: SummarySnapshot) {
        takeLabels()
        summary.forEachQuantile { quantile, value in
            beginLine(suffix: "")
            bytes.append(copyOf: lineLabels)
            appendBound(quantile)
            bytes.append(Byte.space)
            bytes.appendNumber(value, form.format)
            bytes.append(Byte.lineFeed)
        }
        writeSumAndCount(counted(summary.sum, isCounter: true), summary.count, summary.created)
    }

    /// Takes back the name and the labels with which the sample was begun, and keeps the labels for its lines.
    private mutating func takeLabels() {
        lineLabels.removeAll(keepingCapacity: true)
        lineLabels.append(contentsOf: bytes[labelsStart...])
        bytes.removeSubrange(sampleStart...)
    }

    /// The sum where the format has one: OpenMetrics takes it for a counter, so none where values can be negative.
    private func counted(_ sum: Double?, isCounter: Bool) -> Double? {
        guard form.format == .openMetrics, let sum else { return sum }
        return isCounter && sum >= 0 ? sum : nil
    }

    /// In every format as OpenMetrics writes it, `3.0`: the bound is a label, so another spelling is another series. A
    /// Prometheus before 3.0 keeps what it reads, and one that is told to ask for another format would find all buckets
    /// new; protobuf and later ones spell it like this by themselves.
    private mutating func appendBound(_ bound: Double) {
        if bytes.last != Byte.openBrace { bytes.append(Byte.comma) }
        bytes.append(boundName)
        bytes.append("=\"")
        bytes.appendNumber(bound, .openMetrics)
        bytes.append(Byte.quote)
        endLabels()
    }

    private mutating func writeSumAndCount(_ sum: Double?, _ count: UInt64?, _ created: Double?) {
        if let sum {
            beginLine(suffix: "_sum")
            endLabelsOfLine()
            bytes.appendNumber(sum, form.format)
            bytes.append(Byte.lineFeed)
        }
        if let count {
            beginLine(suffix: "_count")
            endLabelsOfLine()
            bytes.appendCount(count)
            bytes.append(Byte.lineFeed)
        }
        guard writesCreatedSeries, form.format == .openMetrics, let created, created.isTime else { return }
        beginCreatedLine()
        endLabelsOfLine()
        bytes.appendTimestamp(created)
        bytes.append(Byte.lineFeed)
    }

    private mutating func endLabelsOfLine() {
        bytes.append(copyOf: lineLabels)
        endLabels()
        bytes.append(Byte.space)
    }

    /// ` # {trace_id="x"} 0.5 1700000000.500`, unless the scheme makes its label names too long.
    mutating func append(_ exemplar: Exemplar) {
        guard let labels = exemplar.labels(by: form.escaping) else { return }
        bytes.append(" # {")
        bytes.append(contentsOf: labels.bytes)
        bytes.append("} ")
        bytes.appendNumber(exemplar.value, .openMetrics)
        guard let timestamp = exemplar.timestamp, timestamp.isTime else { return }
        bytes.append(Byte.space)
        bytes.appendTimestamp(timestamp)
    }
}
