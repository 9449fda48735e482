/// A text that shows itself to nobody who does not ask for it: a password, a token, a key.
public struct Secret: Sendable, Hashable, ConfigurationValue, CustomStringConvertible, CustomReflectable {
    /// The text.
    public let exposed: String

    /// A secret text.
    public init(_ text: String) { exposed = text }

    /// The secret text of a single value.
    public init(_ node: YAMLNode) throws(ConfigurationError) { exposed = try node.scalar("text") }

    public var description: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
