/// The value of a label: text of ours, or bytes of somebody else's that the writer makes safe.
public enum LabelValue: Sendable, Hashable {
    /// Text.
    case text(String)
    /// Bytes from outside; what is not UTF-8 in them is replaced by U+FFFD and counted.
    case bytes(ArraySlice<UInt8>)

    /// Bytes from outside.
    public init(_ bytes: ArraySlice<UInt8>) { self = .bytes(bytes) }
    /// Text.
    public init(_ text: String) { self = .text(text) }
    /// A whole number, in decimal.
    public init(_ number: some BinaryInteger) { self = .text(String(number)) }
}

extension LabelValue: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .text(value) }
}
