// A sample from its beginning to its end: name, labels, value.

extension MetricWriter {
    /// Begins a sample of one number: its name and `{`. False where no further sample may be written.
    @usableFromInline
    mutating func begin(_ family: MetricFamily) -> Bool {
        switch family.type {
        case .histogram, .summary:
            defects.invalidValues += 1
            return false
        case .counter, .gauge, .info, .stateSet, .untyped: return begin(known: family, bound: "")
        }
    }

    /// Begins a sample of several lines, each but for the last ones with a label of this name.
    mutating func begin(_ family: MetricFamily, of type: MetricType, bound: StaticString) -> Bool {
        guard family.type == type else {
            defects.invalidValues += 1
            return false
        }
        return begin(known: family, bound: bound)
    }

    private mutating func begin(known family: MetricFamily, bound: StaticString) -> Bool {
        guard sampleCount < limits.samples else {
            defects.overLimit += 1
            return false
        }
        let slot = families.slot(of: family, form.escaping)
        if slot != self.slot || lineStart.isEmpty {
            self.slot = slot
            prepareLine()
        }
        boundName = bound
        keepsPlainLabels = form.escaping.keepsPlainNames && family.hasPlainLabels
        sampleStart = bytes.count
        switch form.format {
        case .protobuf:
            // A family's field 4, `metric`, whose length comes when it is known.
            bytes.appendTag(4, 2)
            bytes.append(0)
        case .text, .utf8Text, .openMetrics: bytes.append(copyOf: lineStart)
        }
        labelsStart = bytes.count
        return true
    }

    /// Makes the beginning of the family's lines, its name and `{`; a name in quotes stands behind the brace.
    private mutating func prepareLine() {
        let rendering = families.renderings[slot]
        lineStart.removeAll(keepingCapacity: true)
        if rendering.isQuoted {
            lineStart.append("{\"")
            lineStart.appendEscaped(String(decoding: rendering.nameBytes, as: UTF8.self), quotes: true)
            lineStart.append(Byte.quote)
        } else {
            lineStart.append(copyOf: rendering.nameBytes)
            lineStart.append(Byte.openBrace)
        }
    }

    /// The name with this behind it.
    mutating func beginLine(suffix: StaticString) {
        bytes.append(copyOf: lineStart)
        guard suffix.utf8CodeUnitCount > 0 else { return }
        // Before the brace, or the quote.
        let end = bytes.removeLast()
        bytes.append(suffix)
        bytes.append(end)
    }

    /// The name with `_created` in place of a counter's `_total`.
    mutating func beginCreatedLine() {
        let rendering = families.renderings[slot]
        if rendering.isQuoted {
            bytes.append("{\"")
            bytes.appendEscaped(String(decoding: rendering.openMetricsName, as: UTF8.self), quotes: true)
            bytes.append("_created\"")
        } else {
            bytes.append(contentsOf: rendering.openMetricsName)
            bytes.append("_created{")
        }
    }

    /// What ends the labels of a line; there are no empty braces.
    mutating func endLabels() {
        if bytes.last == Byte.openBrace { bytes.removeLast() } else { bytes.append(Byte.closeBrace) }
    }

    /// The same, and the value behind them: in one piece, as each asks whether there is room.
    private mutating func endLabels(andNumber value: Double) {
        let format = form.format
        let hasLabels = bytes.last != Byte.openBrace
        if !hasLabels { bytes.removeLast() }
        bytes.append(addingCapacity: OutputSpan<UInt8>.numberBytesMax + 2) { out in
            if hasLabels { out.append(Byte.closeBrace) }
            out.append(Byte.space)
            out.appendNumber(value, format)
        }
    }

    // MARK: Its end

    /// Ends the sample with its value; takes it back where one with the same name and labels was there.
    @usableFromInline
    mutating func end(_ value: Double) { end(value, exemplar: nil, created: nil, isNew: false) }

    mutating func end(_ value: Double, exemplar: Exemplar?, created: Double?, isNew: Bool) {
        guard hasItsLabels(isNew: isNew) else { return }
        switch form.format {
        case .protobuf: appendProtobuf(value, exemplar, created)
        case .text, .utf8Text:
            endLabels(andNumber: value)
            bytes.append(Byte.lineFeed)
        case .openMetrics:
            guard families.renderings[slot].canBeInOpenMetrics(value) else {
                bytes.removeSubrange(sampleStart...)
                defects.invalidValues += 1
                return
            }
            endOpenMetrics(value, exemplar, created)
        }
        endSample()
    }

    private mutating func endOpenMetrics(_ value: Double, _ exemplar: Exemplar?, _ created: Double?) {
        let labels = labelsStart..<bytes.count
        endLabels(andNumber: value)
        let rendering = families.renderings[slot]
        if let exemplar, rendering.isOpenMetricsCounter { append(exemplar) }
        bytes.append(Byte.lineFeed)
        guard writesCreatedSeries, rendering.isOpenMetricsCounter, let created, created.isTime else { return }
        beginCreatedLine()
        // Byte by byte: a slice would share the buffer, and appending to that would copy it all.
        for index in labels { bytes.append(bytes[index]) }
        endLabels()
        bytes.append(Byte.space)
        bytes.appendTimestamp(created)
        bytes.append(Byte.lineFeed)
    }

    private mutating func appendProtobuf(_ value: Double, _ exemplar: Exemplar?, _ created: Double?) {
        switch families.families[slot].type {
        case .counter:
            bytes.appendProtobuf(field: 3) { [form] out in
                out.appendProtobuf(field: 1, double: value)
                if let exemplar { out.appendProtobuf(exemplar: exemplar, field: 2, by: form.escaping) }
                if let created { out.appendProtobuf(field: 3, timestamp: created) }
            }
        case .untyped: bytes.appendProtobuf(field: 5) { $0.appendProtobuf(field: 1, double: value) }
        // Histograms and summaries are never one number.
        case .gauge, .info, .stateSet, .histogram, .summary:
            bytes.appendProtobuf(field: 2) { $0.appendProtobuf(field: 1, double: value) }
        }
    }

    /// Ends the labels of the sample with those that all have. False where one with the same labels was there, which
    /// takes this one back; nobody looks for one that `isNew`.
    mutating func hasItsLabels(isNew: Bool) -> Bool {
        if !constantLabels.bytes.isEmpty {
            let constant = constantLabels
            constant.withRendered { append($0) }
        }
        return isNew || isFirstOfItsLabels()
    }

    private mutating func isFirstOfItsLabels() -> Bool {
        guard written.insert(family: slot, bytes[labelsStart...]) else {
            bytes.removeSubrange(sampleStart...)
            defects.duplicates += 1
            return false
        }
        return true
    }

    mutating func endSample() {
        if form.format == .protobuf { bytes.setLength(at: sampleStart + 1) }
        sampleCount += 1
        if let last = runs.indices.last, runs[last].family == slot {
            runs[last].end = bytes.count
        } else {
            runs.append(Run(family: slot, start: sampleStart, end: bytes.count))
        }
    }
}

extension FamilyRendering {
    /// Whether OpenMetrics lets a sample of this family have this value.
    ///
    /// <https://prometheus.io/docs/specs/om/open_metrics_spec/#metric-types>
    fileprivate func canBeInOpenMetrics(_ value: Double) -> Bool {
        switch openMetricsType {
        case .counter: value >= 0
        case .info: value == 1
        case .stateSet: value == 0 || value == 1
        case .gauge, .histogram, .summary, .untyped: true
        }
    }
}
