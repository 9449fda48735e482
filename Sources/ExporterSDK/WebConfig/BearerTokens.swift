import StrictYAML

/// The tokens of a file, of which only keyed hashes are kept.
struct BearerTokens: Sendable {
    private let key = ProcessKey()
    private let hashes: [[UInt8]]

    /// One token a line; empty lines don't count. A token has at least 16 characters, as many as can't be guessed.
    init(_ file: ConfigurationFile) throws(ConfigurationError) {
        var hashes: [[UInt8]] = []
        for (index, line) in file.bytes[...].lines.enumerated() {
            let token = line.trimmed
            if token.isEmpty { continue }
            let position = FilePosition(file: file.path, line: index + 1, column: 1)
            guard token.count >= 16, token.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw ConfigurationError(position, "a token is at least 16 printable ASCII characters without blanks")
            }
            hashes.append(key.hash([Array(token)]))
        }
        guard !hashes.isEmpty else { throw ConfigurationError(file: file.path, "there is no token in it") }
        self.hashes = hashes
    }

    /// Whether it is one of them, found in a time that does not tell how much of it is right.
    func contains(_ token: [UInt8]) -> Bool {
        let hash = key.hash([token])
        return hashes.reduce(false) { constantTimeEqual($1, hash) || $0 }
    }
}
