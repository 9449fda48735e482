/// Why an exposition was refused: where, and what to do about it.
public struct ParseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The line, from 1; in protobuf, the message.
    public var line: Int
    /// The byte within it, from 1.
    public var column: Int
    /// What was found and what belongs there. Never longer than a few lines, whatever the input.
    public var message: String

    /// An error at this place.
    public init(line: Int, column: Int, message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    /// The place and the message, fit for a log line.
    public var description: String { "line \(line), column \(column): \(message)" }
}

/// How much a parser takes from one input before it gives up, since inputs come from outside.
public struct ParseLimits: Equatable, Sendable {
    /// The longest input.
    public var bytes: Int
    /// The most samples: each costs far more memory than the four bytes that the shortest one needs.
    public var samples: Int
    /// The most labels of one sample or one exemplar. Every pair of their names is compared.
    public var labels: Int

    /// These limits; the defaults hold any exposition that a Prometheus server would want to scrape.
    public init(bytes: Int = 64 << 20, samples: Int = 1_000_000, labels: Int = 128) {
        self.bytes = bytes
        self.samples = samples
        self.labels = labels
    }
}

/// A place in the input, kept until it is known whether what stands there is wrong.
struct Place {
    let line: Int
    let column: Int

    func error(_ message: String) -> ParseError { ParseError(line: line, column: column, message: message) }
}

/// A name or word of the input as an error shows it: quoted, and cut where it would flood a log.
func shown(_ text: String) -> String {
    let start = text.unicodeScalars.prefix(60)
    return "\"" + start.map { $0.escaped(asASCII: true) }.joined()
        + (start.count < text.unicodeScalars.count ? "…\"" : "\"")
}
