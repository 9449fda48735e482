/// A type that a value of a configuration file can have.
///
/// Text, numbers, switches, durations, lists, dictionaries and optionals of these are. An enum of words gets it by
/// conforming, if it is `CaseIterable` with `String` as its raw value. A map of named settings is a
/// ``ConfigurationMap``.
public protocol ConfigurationValue: Sendable {
    /// The value that a node stands for; throws what is wrong with it.
    init(_ node: YAMLNode) throws(ConfigurationError)
}

extension YAMLNode: ConfigurationValue {
    /// The node itself, for what has several forms.
    public init(_ node: YAMLNode) { self = node }

    /// The text of a single value; `wanted` says in an error what should be there.
    public func scalar(_ wanted: String) throws(ConfigurationError) -> String {
        guard case .scalar(let text, _) = content else { throw error("\(wanted) should be here, not \(kind)") }
        return text
    }

    fileprivate func plain(_ wanted: String) throws(ConfigurationError) -> String {
        let text = try scalar(wanted)
        if case .scalar(_, isQuoted: true) = content {
            throw error("\(wanted) should be here, without quotes; \"\(shown(text))\" is text")
        }
        return text
    }
}

extension String: ConfigurationValue {
    public init(_ node: YAMLNode) throws(ConfigurationError) { self = try node.scalar("text") }
}

extension Bool: ConfigurationValue {
    public init(_ node: YAMLNode) throws(ConfigurationError) {
        let text = try node.plain("true or false")
        switch text {
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": self = true
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": self = false
        default: throw node.error("true or false should be here, not \"\(shown(text))\"")
        }
    }
}

extension Int: ConfigurationValue {
    public init(_ node: YAMLNode) throws(ConfigurationError) {
        let text = try node.plain("a whole number")
        // A number with a leading zero is octal to some readers and decimal to others.
        let digits = text.drop { $0 == "-" || $0 == "+" }
        let isAmbiguous = digits.count > 1 && digits.hasPrefix("0") && !digits.hasPrefix("0x")
        let value = digits.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
        guard !isAmbiguous, let value else {
            throw node.error("a whole number should be here, not \"\(shown(text))\"")
        }
        self = value
    }
}

extension Double: ConfigurationValue {
    public init(_ node: YAMLNode) throws(ConfigurationError) {
        let text = try node.plain("a number")
        guard let value = Double(text), value.isFinite else {
            throw node.error("a number should be here, not \"\(shown(text))\"")
        }
        self = value
    }
}

extension Array: ConfigurationValue where Element: ConfigurationValue {
    public init(_ node: YAMLNode) throws(ConfigurationError) {
        self = []
        switch node.content {
        case .null: break
        case .list(let nodes): for node in nodes { append(try Element(node)) }
        case .scalar, .map: throw node.error("a list should be here, not \(node.kind); begin each item with \"- \"")
        }
    }
}

extension Dictionary: ConfigurationValue where Key == String, Value: ConfigurationValue {
    public init(_ node: YAMLNode) throws(ConfigurationError) {
        self = [:]
        switch node.content {
        case .null: break
        case .map(let entries): for entry in entries { self[entry.key] = try Value(entry.value) }
        case .scalar, .list: throw node.error("a map should be here, lines of \"name: value\", not \(node.kind)")
        }
    }
}

extension Optional: ConfigurationValue where Wrapped: ConfigurationValue {
    public init(_ node: YAMLNode) throws(ConfigurationError) {
        if case .null = node.content { self = nil } else { self = try Wrapped(node) }
    }
}

extension ConfigurationValue where Self: CaseIterable & RawRepresentable, RawValue == String {
    /// The case whose raw value stands here.
    public init(_ node: YAMLNode) throws(ConfigurationError) {
        let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
        let text = try node.scalar("one of \(names)")
        guard let value = Self(rawValue: text) else {
            throw node.error("\"\(shown(text))\" should be one of \(names)")
        }
        self = value
    }
}
