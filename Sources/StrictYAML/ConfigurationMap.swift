/// A type that is a map of named settings in a configuration file. Its initialiser names each key once, and that is the
/// whole declaration: a key that it does not name is an error.
///
/// ```swift
/// struct RateLimit: ConfigurationMap {
///     let interval: Duration
///     let burst: Int
///
///     init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
///         interval = try keys.required("interval")
///         burst = try keys.value("burst", default: 1)
///     }
/// }
/// ```
public protocol ConfigurationMap: ConfigurationValue {
    /// Takes its settings from the keys, by name.
    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError)
}

extension ConfigurationMap {
    /// The settings of a map; nothing at all is an empty map.
    public init(_ node: YAMLNode) throws(ConfigurationError) {
        var keys = try ConfigurationKeys(node)
        self = try Self(&keys)
        try keys.refuseUnknown()
    }
}

/// The keys of a map, of which each is taken once.
///
/// A key without a value, `key:`, is like one that is not there.
public struct ConfigurationKeys: Sendable {
    /// Where the map begins.
    public let position: FilePosition
    private let entries: [YAMLNode.Entry]
    private var known: [String] = []

    /// The keys of a map.
    public init(_ node: YAMLNode) throws(ConfigurationError) {
        position = node.position
        switch node.content {
        case .null: entries = []
        case .map(let entries): self.entries = entries
        case .scalar, .list: throw node.error("a map should be here, lines of \"name: value\", not \(node.kind)")
        }
    }

    /// The value of a key, or nil where it has none.
    public mutating func optional<Value: ConfigurationValue>(
        _ key: String,
        as type: Value.Type = Value.self
    ) throws(ConfigurationError) -> Value? {
        guard let node = node(key) else { return nil }
        return try Value(node)
    }

    /// The value of a key, or the default where it has none.
    public mutating func value<Value: ConfigurationValue>(
        _ key: String,
        default defaultValue: @autoclosure () -> Value
    ) throws(ConfigurationError) -> Value {
        try optional(key) ?? defaultValue()
    }

    /// The value of a key that must be there.
    public mutating func required<Value: ConfigurationValue>(
        _ key: String,
        as type: Value.Type = Value.self
    ) throws(ConfigurationError) -> Value {
        guard let value = try optional(key, as: type) else {
            throw ConfigurationError(position, "\"\(key)\" is missing here")
        }
        return value
    }

    /// The settings of the map under a key; those of an empty map where it has none.
    public mutating func map<Value: ConfigurationMap>(
        _ key: String,
        as type: Value.Type = Value.self
    ) throws(ConfigurationError) -> Value {
        try Value(node(key) ?? YAMLNode(.null, position))
    }

    /// The path under a key; a relative one counts from the folder of the file that it stands in.
    public mutating func path(_ key: String) throws(ConfigurationError) -> String? {
        guard let text = try optional(key, as: String.self), !text.isEmpty, !text.hasPrefix("/"),
            let end = position.file.lastIndex(of: "/")
        else { return try optional(key) }
        return position.file[...end] + text
    }

    /// What stands under a key; nil where there is nothing.
    public mutating func node(_ key: String) -> YAMLNode? {
        if !known.contains(key) { known.append(key) }
        guard let node = entries.first(where: { $0.key == key })?.value else { return nil }
        if case .null = node.content { return nil }
        return node
    }

    /// An error at the value of a key, or at the map's beginning where there is no such key.
    public func error(_ key: String, _ message: String) -> ConfigurationError {
        ConfigurationError(entries.first { $0.key == key }?.value.position ?? position, message)
    }

    /// Refuses keys that nobody has asked for.
    public func refuseUnknown() throws(ConfigurationError) {
        guard let entry = entries.first(where: { !known.contains($0.key) }) else { return }
        throw ConfigurationError(
            entry.position,
            "unknown key \"\(shown(entry.key))\"; what can be here: \(known.joined(separator: ", "))"
        )
    }
}
