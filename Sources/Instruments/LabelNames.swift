import Exposition

/// The label names of a family, and how its children's labels are rendered and recognised.
struct LabelNames: Sendable {
    let names: [String]
    /// How long what stands before each value is: `method="` and `",status="`.
    private let separatorLengths: [Int]
    /// The constant labels of the registry, rendered.
    let constant: [UInt8]
    let hasPlainNames: Bool

    init(_ names: [String], constant: LabelSet) {
        self.names = names
        self.constant = constant.bytes
        separatorLengths = names.enumerated().map { index, name in
            var bytes: [UInt8] = []
            LabelSet.append(name, "", to: &bytes)
            // Less its closing quote; behind another label a comma, and behind another value that one's quote too.
            return bytes.count - 1 + (index > 0 ? 2 : constant.bytes.isEmpty ? 0 : 1)
        }
        hasPlainNames = constant.hasPlainNames && names.allSatisfy { EscapingScheme.isPlain(label: $0) }
    }

    /// The labels of these values, for a child that is new.
    func rendered(_ values: Span<String>) -> [UInt8] {
        var bytes = constant
        for index in names.indices { LabelSet.append(names[index], .text(values[index]), to: &bytes) }
        return bytes
    }

    /// Whether these rendered labels have these values.
    func isRendered(_ labels: UnsafeBufferPointer<UInt8>, from values: Span<String>) -> Bool {
        guard !names.isEmpty else { return true }
        var offset = constant.count
        for index in values.indices {
            // The names are the same in all children, so only their length counts.
            offset += separatorLengths[index]
            guard Self.skip(values[index], in: labels, &offset) else { return false }
        }
        return offset + 1 == labels.count
    }

    /// Goes past a value where it stands at the offset, with its quote to come.
    private static func skip(_ value: String, in labels: UnsafeBufferPointer<UInt8>, _ offset: inout Int) -> Bool {
        value.withUTF8Bytes { bytes in
            var position = offset
            for byte in bytes.prefix(labelValueBytesMax) {
                switch byte {
                case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "\n"):
                    let escaped = byte == UInt8(ascii: "\n") ? UInt8(ascii: "n") : byte
                    guard position + 1 < labels.count, labels[position] == UInt8(ascii: "\\"),
                        labels[position + 1] == escaped
                    else { return false }
                    position += 2
                default:
                    guard position < labels.count, labels[position] == byte else { return false }
                    position += 1
                }
            }
            offset = position
            return position < labels.count && labels[position] == UInt8(ascii: "\"")
        }
    }

    static let labelValueBytesMax = MetricWriter.Limits().labelValueBytes
}

extension String {
    /// The bytes of the text; those of a short one are not copied to the heap.
    func withUTF8Bytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        var copy = self
        return copy.withUTF8(body)
    }
}
