/// A name from a file as a dictionary's key, hashed by one call where an array slice is hashed byte by byte.
public struct NameKey: Sendable, Hashable {
    private let bytes: ArraySlice<UInt8>

    /// The key that looks a name up; what is kept in a dictionary wants ``kept``.
    public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The same key with bytes of its own, so that it does not keep the whole file in memory.
    public var kept: NameKey { NameKey(ArraySlice(Array(bytes))) }

    public func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
}
