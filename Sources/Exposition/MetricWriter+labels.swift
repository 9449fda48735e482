// The labels of a sample: as they are where that does, by the escaping scheme and in quotes where it doesn't.

extension MetricWriter {
    @usableFromInline
    mutating func append(label name: StaticString, _ value: LabelValue) {
        guard keepsPlainLabels else {
            append(changed: "\(name)", value)
            return
        }
        if form.format == .protobuf {
            appendProtobuf(label: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value)
            return
        }
        if bytes.last != Byte.openBrace { bytes.append(Byte.comma) }
        bytes.append(name)
        appendInQuotes(value)
    }

    /// Appends labels that were rendered before.
    mutating func append(_ labels: RenderedLabels) {
        guard !labels.bytes.isEmpty else { return }
        defects.replacedValues += Int(labels.replacedValues)
        guard labels.isWritten(by: form.escaping), !labels.hasName(boundName) else {
            labels.forEach { name, value in
                let name = String(decoding: [UInt8](unescaping: name), as: UTF8.self)
                append(changed: name, .bytes([UInt8](unescaping: value)[...]))
            }
            return
        }
        if form.format == .protobuf {
            bytes.appendProtobuf(labels: labels)
        } else {
            if bytes.last != Byte.openBrace { bytes.append(Byte.comma) }
            bytes.append(contentsOf: labels.bytes)
        }
    }

    /// Appends a label whose name the scheme may change or that may have to stand in quotes. One that no scraper would
    /// take is left out: of a name that is there already, of the metric's name, or of what a histogram's lines have.
    private mutating func append(changed name: String, _ value: LabelValue) {
        if bytes.count == labelsStart { labelNames.removeAll(keepingCapacity: true) }
        guard name != "__name__" else { return }
        let name = form.escaping.escaped(label: name.isEmpty ? "_" : name)
        // As bytes: letters that only look alike are different names.
        let isThere = labelNames.contains { $0.utf8.elementsEqual(name.utf8) }
        guard !isThere, name != "__name__", name != "\(boundName)" else { return }
        labelNames.append(name)
        if form.format == .protobuf {
            appendProtobuf(label: name.utf8, value)
            return
        }
        if bytes.last != Byte.openBrace { bytes.append(Byte.comma) }
        bytes.appendQuotedIfNeeded(label: name)
        appendInQuotes(value)
    }

    private mutating func appendInQuotes(_ value: LabelValue) {
        bytes.append("=\"")
        defects.replacedValues += bytes.appendEscaped(value, limit: limits.labelValueBytes)
        bytes.append(Byte.quote)
    }

    private mutating func appendProtobuf(label name: some Collection<UInt8>, _ value: LabelValue) {
        var replaced = 0
        bytes.appendProtobuf(field: 1) { [limits] out in
            out.appendProtobuf(field: 1, bytes: name)
            out.appendProtobuf(field: 2) { replaced = $0.append(value, limit: limits.labelValueBytes) }
        }
        defects.replacedValues += replaced
    }
}
