/// What the user asked for: the value of each flag.
public struct FlagValues: Sendable {
    private var values: [String: any Sendable] = [:]
    /// Flags of a peer that were given and mean nothing here.
    var ignored: [String] = []
    /// Flags that were given by a former name.
    var renamed: [(from: String, to: String)] = []

    /// No flag given: all have their defaults.
    public init() {}

    /// The flag's value, or its default where it was not given.
    public subscript<Value>(flag: Flag<Value>) -> Value {
        // In two steps: "not there" cast to an optional Value would be that Value's nil instead of the default.
        guard let value = values[flag.name] else { return flag.defaultValue }
        return value as? Value ?? flag.defaultValue
    }

    /// Whether the flag was given, on the command line or in the environment.
    public func isGiven(_ flag: some FlagDeclaration) -> Bool { values[flag.name] != nil }

    /// As if the flag had been given with this value.
    public mutating func set<Value>(_ flag: Flag<Value>, to value: Value) { values[flag.name] = value }

    mutating func set(_ flag: any FlagDeclaration, texts: [String]) throws(UsageError) {
        values[flag.name] = try flag.parse(texts)
    }
}
