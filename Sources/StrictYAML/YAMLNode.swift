/// A value of a YAML file, and where it stands.
public struct YAMLNode: Sendable {
    /// What a node can be.
    public enum Content: Sendable {
        /// Nothing, `~` or `null`.
        case null
        /// Text, a number or a switch: which, whoever reads it decides. Quoted text is never anything but text.
        case scalar(String, isQuoted: Bool)
        case list([YAMLNode])
        /// Entries in the order of the file; no two have the same key.
        case map([Entry])
    }

    /// A key of a map with its value.
    public struct Entry: Sendable {
        /// The key's text.
        public let key: String
        /// Where the key stands.
        public let position: FilePosition
        /// What stands after the colon.
        public let value: YAMLNode
    }

    /// The value.
    public let content: Content
    /// Where it begins.
    public let position: FilePosition

    /// How many nodes it is made of, itself too.
    let count: Int
    /// How many levels it has; 1 without anything inside.
    let height: Int

    init(_ content: Content, _ position: FilePosition) {
        self.content = content
        self.position = position
        let inside: [YAMLNode] =
            switch content {
            case .null, .scalar: []
            case .list(let nodes): nodes
            case .map(let entries): entries.map(\.value)
            }
        count = inside.reduce(1) { $0 + $1.count }
        height = 1 + (inside.map(\.height).max() ?? 0)
    }

    /// A single value that stands elsewhere than in a value of its own, such as a setting inside a label.
    public init(scalar text: String, at position: FilePosition) {
        self.init(.scalar(text, isQuoted: false), position)
    }

    /// What the node is, in the words of an error.
    public var kind: String {
        switch content {
        case .null: "nothing"
        case .scalar: "a single value"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// An error at this node.
    public func error(_ message: String) -> ConfigurationError { ConfigurationError(position, message) }
}
