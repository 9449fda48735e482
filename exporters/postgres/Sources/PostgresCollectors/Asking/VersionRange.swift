import ExporterSDK

/// Versions of PostgreSQL, as custom queries name them: `>=10.0.0 <13.0.0 || >=14.0.0`.
struct VersionRange: Sendable, Equatable {
    private struct Bound: Sendable, Equatable {
        let comparison: String
        let version: Int
    }

    /// One of these must hold, each of its bounds.
    private let choices: [[Bound]]

    /// Each version.
    static let all = VersionRange(choices: [])

    private init(choices: [[Bound]]) { self.choices = choices }

    /// The versions that the text names; nil where it can't be understood.
    init?(_ text: String) {
        var choices: [[Bound]] = []
        for choice in text.withEach("||", as: "|").split(separator: "|") {
            var bounds: [Bound] = []
            for word in choice.split(separator: " ") {
                let comparison = String(word.prefix { "<>=!".contains($0) })
                guard ["", "=", "==", "!", "!=", "<", "<=", ">", ">="].contains(comparison),
                    let version = Self.number(String(word.dropFirst(comparison.count)))
                else { return nil }
                bounds.append(Bound(comparison: comparison, version: version))
            }
            guard !bounds.isEmpty else { return nil }
            choices.append(bounds)
        }
        guard !choices.isEmpty else { return nil }
        self.choices = choices
    }

    /// Whether it names a version, given as 150004 for 15.4.
    func contains(_ version: Int) -> Bool {
        choices.isEmpty
            || choices.contains { bounds in
                bounds.allSatisfy { bound in
                    switch bound.comparison {
                    case "<": version < bound.version
                    case "<=": version <= bound.version
                    case ">": version > bound.version
                    case ">=": version >= bound.version
                    case "!", "!=": version != bound.version
                    default: version == bound.version
                    }
                }
            }
    }

    /// `15.4.0` as 150004; before 10 the first two parts were the major version.
    private static func number(_ text: String) -> Int? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Bytes(String($0)).int }
        guard (1...3).contains(parts.count), parts.allSatisfy({ $0.map { (0...9999).contains($0) } ?? false }) else {
            return nil
        }
        let numbers = parts.compactMap { $0 } + [0, 0]
        return numbers[0] >= 10 ? numbers[0] * 10_000 + numbers[1] : numbers[0] * 10_000 + numbers[1] * 100 + numbers[2]
    }
}
