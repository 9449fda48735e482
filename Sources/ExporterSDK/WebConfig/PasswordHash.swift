import CCrypt
import Glibc
import StrictYAML

/// A password's bcrypt hash, `$2y$10$` and 53 characters; `$2a$` and `$2b$` mean the same here, as they do in Go.
struct PasswordHash: Sendable, Hashable, ConfigurationValue {
    /// The hash with the prefix by which libxcrypt computes it as Go does.
    let text: String
    /// The logarithm of the number of rounds.
    let cost: Int

    /// A check at the highest takes seconds, and nobody should be able to ask for that.
    static let costs = 4...16

    init(_ node: YAMLNode) throws(ConfigurationError) {
        let text = try node.scalar("a bcrypt hash")
        guard let hash = PasswordHash(text) else {
            throw node.error("no bcrypt hash: it has 60 characters and begins with $2y$10$; htpasswd -nBC 10 makes one")
        }
        guard Self.costs.contains(hash.cost) else {
            throw node.error("a bcrypt hash may have a cost from \(Self.costs.lowerBound) to \(Self.costs.upperBound)")
        }
        self = hash
    }

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 60, ["$2a$", "$2b$", "$2y$"].contains(text.prefix(4)), bytes[6] == UInt8(ascii: "$"),
            let cost = Bytes(bytes[4..<6]).int, bytes[7...].allSatisfy(Self.isBase64)
        else { return nil }
        self.cost = cost
        // With $2a$, libxcrypt guards against a mistake of old implementations, and Go does not.
        self.text = "$2b$" + text.dropFirst(4)
    }

    /// A hash of this cost that no password has, to compare with where there is no user.
    static func decoy(cost: Int) -> PasswordHash? {
        PasswordHash("$2b$\(cost < 10 ? "0" : "")\(cost)$" + String(repeating: "/", count: 53))
    }

    /// Whether it is this password's hash; takes as long as the cost says. See crypt_ra(3).
    ///
    /// A password with a NUL is no one's: C would take what stands before it for the whole.
    func matches(_ password: [UInt8]) -> Bool {
        guard !password.contains(0) else { return false }
        var data: UnsafeMutableRawPointer?
        var size: Int32 = 0
        defer { free(data) }
        let phrase = password.map { CChar(bitPattern: $0) } + [0]
        guard let result = crypt_ra(phrase, text, &data, &size) else { return false }
        return constantTimeEqual(Array(String(cString: result).utf8), Array(text.utf8))
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

/// Whether two texts are equal, found in a time that does not tell where they differ.
func constantTimeEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard one.count == other.count else { return false }
    var difference: UInt8 = 0
    for index in one.indices { difference |= one[index] ^ other[index] }
    return difference == 0
}
