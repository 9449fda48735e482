/// Where something stands in a file; lines and columns count from 1, columns in characters.
public struct FilePosition: Sendable, Hashable, CustomStringConvertible {
    /// The file as it was named.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The character in the line, from 1.
    public let column: Int

    /// A place in a file.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file):\(line):\(column)" }
}

/// What is wrong with a configuration, where, and what to do: `web.yml:3:9: unknown key "cert_fil"; ...`.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// What is wrong and what to do.
    public let message: String
    /// The file, or the place in it.
    public let place: String

    /// An error at a place in a file.
    public init(_ position: FilePosition, _ message: String) {
        place = position.description
        self.message = message
    }

    /// An error of a whole file: it can't be read, for example.
    public init(file: String, _ message: String) {
        place = file
        self.message = message
    }

    public var description: String { "\(place): \(message)" }
}
