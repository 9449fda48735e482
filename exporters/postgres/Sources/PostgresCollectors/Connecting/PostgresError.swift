import CLibPQ

/// What the server, or libpq on the way to it, said was wrong.
struct PostgresError: Error, Sendable, Equatable {
    /// The SQLSTATE; empty where it is the connection that failed.
    var code: String
    /// The text, one line, without anything secret.
    var message: String

    /// The connection failed, for this reason.
    static func connection(_ message: String) -> PostgresError { PostgresError(code: "", message: message) }

    /// Whether the server's catalogs are not as they were when they were read.
    ///
    /// See <https://www.postgresql.org/docs/current/errcodes-appendix.html>: an undefined column, function, table, object.
    var speaksOfMissingObject: Bool { ["42703", "42883", "42P01", "42704"].contains(code) }

    /// Whether a statement that was prepared is not known, or known already: a pooler is in between.
    var speaksOfPreparedStatement: Bool { code == "26000" || code == "42P05" }

    /// An error that a result holds.
    init(of result: OpaquePointer) {
        code = Self.field(result, "C")
        let text = Self.field(result, "M")
        message = text.isEmpty ? oneLine(PQresultErrorMessage(result)) : text
    }

    init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    /// A field of an error message, by the letter that the protocol gives it.
    private static func field(_ result: OpaquePointer, _ letter: Unicode.Scalar) -> String {
        oneLine(PQresultErrorField(result, Int32(letter.value)))
    }
}

extension PostgresError: CustomStringConvertible {
    var description: String { code.isEmpty ? message : "\(message) (SQLSTATE \(code))" }
}

/// A C text without line ends, at most 500 characters of it.
func oneLine(_ text: UnsafePointer<CChar>?) -> String {
    guard let text else { return "" }
    let words = String(cString: text).split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " || $0 == "\t" } }
    return String(words.joined(separator: " ").prefix(500))
}
