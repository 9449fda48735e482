/// Labels that were rendered before, where somebody keeps them: good for as long as they are kept there. They are handed
/// on by the hundred thousand, and a reference that was counted each time would cost more than writing them.
package struct RenderedLabels {
    /// `a="1",b="2"`, escaped; a name that is not plain stands in quotes.
    let bytes: UnsafeBufferPointer<UInt8>
    let hasPlainNames: Bool
    let replacedValues: UInt32

    /// Labels of these bytes, each name once.
    package init(_ bytes: UnsafeBufferPointer<UInt8>, hasPlainNames: Bool, replacedValues: UInt32 = 0) {
        self.bytes = bytes
        self.hasPlainNames = hasPlainNames
        self.replacedValues = replacedValues
    }

    /// Whether this is how a scheme writes them.
    func isWritten(by scheme: EscapingScheme) -> Bool {
        scheme == .allowUTF8 || (hasPlainNames && scheme.keepsPlainNames)
    }

    /// Whether a label has this name, which is plain; never one that is empty.
    func hasName(_ name: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        guard !wanted.isEmpty else { return false }
        var hasName = false
        forEach { name, _ in
            if name.elementsEqual(wanted) { hasName = true }
        }
        return hasName
    }

    /// Whether a rendered label is one of them. No value can look like one: its quotes are escaped.
    package func contains(_ label: [UInt8]) -> Bool {
        var isThere = false
        forEach { name, value in
            let start = name.startIndex - (label.first == Byte.quote ? 1 : 0)
            if start >= 0, bytes[start..<min(value.endIndex + 1, bytes.count)].elementsEqual(label) { isThere = true }
        }
        return isThere
    }

    /// These labels and behind them one that is rendered already, of a name that is not among them.
    package func appending(_ label: [UInt8]) -> LabelSet {
        guard !bytes.isEmpty else { return LabelSet(rendered: label, hasPlainNames: label.first != Byte.quote) }
        let isPlain = hasPlainNames && label.first != Byte.quote
        return LabelSet(rendered: bytes + [Byte.comma] + label, hasPlainNames: isPlain)
    }

    /// Goes through them: each one's name and value, without their quotes and still escaped.
    func forEach(
        _ body: (_ name: Slice<UnsafeBufferPointer<UInt8>>, _ value: Slice<UnsafeBufferPointer<UInt8>>) -> Void
    ) {
        var index = 0
        while let label = LabelSet.label(in: bytes, at: index) {
            body(bytes[label.name], bytes[label.value])
            // Past the comma.
            index = label.end + 1
        }
    }
}
