import ExporterSDK

/// Identifiers that others send are kept as their hash only: of fixed size, and nobody's.
enum Identifier {
    /// The hash of some bytes, with a key of this process's own, so that nobody can choose two that meet.
    static func hash(_ bytes: Bytes) -> UInt64 {
        var hasher = Hasher()
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
