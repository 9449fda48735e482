/// How large a YAML file may be. A file that refers to its own parts again and again counts as what it stands for.
public struct YAMLLimits: Sendable {
    /// Bytes of the file.
    public var bytes = 1 << 20
    /// Nodes, after each alias has been replaced by what it stands for.
    public var nodes = 100_000
    /// Levels of lists and maps inside each other.
    public var depth = 64

    /// Limits that are far above what people write.
    public init() {}
}
