/// A command line flag, declared once: name, help, default and the type of its value.
///
/// ```swift
/// static let procfs = Flag("path.procfs", default: "/proc", placeholder: "PATH", help: "Mount point of procfs.")
/// ...
/// let proc = FileTree(flags[Self.procfs])
/// ```
///
/// From the declaration come `--name=value` and `--name value` (for a `Bool`, `--name` and `--no-name`), the line in
/// `--help`, did-you-mean, and the environment variable `EXPORTER_NAME`.
public struct Flag<Value: FlagValue>: FlagDeclaration {
    /// The name without `--`.
    public let name: String
    /// What the value is called in `--help`.
    public let placeholder: String
    /// One sentence for `--help`.
    public let help: String
    /// The value where the flag is not given.
    public let defaultValue: Value
    public let formerNames: [String]

    /// A flag. Under its former names it is taken too, with a warning, and `--help` is silent of them.
    public init(
        _ name: String,
        formerly formerNames: [String] = [],
        default defaultValue: Value,
        placeholder: String = "",
        help: String
    ) {
        self.name = name
        self.formerNames = formerNames
        self.placeholder = placeholder
        self.help = help
        self.defaultValue = defaultValue
    }
}

/// A flag without the type of its value.
public protocol FlagDeclaration: Sendable {
    /// The name without `--`.
    var name: String { get }
    /// Names that it had, or has elsewhere, without `--`.
    var formerNames: [String] { get }
    /// What the value is called in `--help`.
    var placeholder: String { get }
    /// One sentence for `--help`.
    var help: String { get }
    /// Whether it is a switch, which takes no value and can be switched off by `--no-name`.
    var isSwitch: Bool { get }
    /// The default as `--help` shows it; empty where there is none.
    var defaultText: String { get }
    /// The value that these texts stand for, in the order in which they were given.
    func parse(_ texts: [String]) throws(UsageError) -> any Sendable
}

extension Flag {
    public var isSwitch: Bool { Value.self == Bool.self }
    public var defaultText: String { defaultValue.flagText }

    public func parse(_ texts: [String]) throws(UsageError) -> any Sendable {
        do throws(UsageError) {
            return try Value.parse(texts)
        } catch {
            throw UsageError("--\(name): \(error.message)")
        }
    }
}

/// A type that a flag's value can have.
public protocol FlagValue: Sendable {
    /// The value that these texts, one for each time the flag was given, stand for; throws what is wrong with them.
    static func parse(_ texts: [String]) throws(UsageError) -> Self
    /// How `--help` shows the value as a default.
    var flagText: String { get }
}

/// Something wrong with what the user asked for: shown as one line, and the process exits with 1.
public struct UsageError: Error, Equatable, CustomStringConvertible {
    /// What is wrong and what to do.
    public let message: String

    /// An error with this text.
    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
