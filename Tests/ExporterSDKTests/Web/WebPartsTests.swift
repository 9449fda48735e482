import ExporterTesting
import NIOHTTP1
import Testing

@testable import ExporterSDK

/// The small parts of a web configuration, each by itself.
struct WebPartsTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The vectors of FIPS 180-4's examples, and lengths around the padding.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func sha256(text: String, expected: String) { #expect(hex(SHA256.hash(Array(text.utf8))) == expected) }

    @Test func sha256OfManyBytes() {
        let hash = SHA256.hash([UInt8](repeating: UInt8(ascii: "a"), count: 10_000))
        #expect(hex(hash) == "27dd1f61b867b6a0f6e9d8a41c43231de52107e53ae424de8f847b821db4b711")
    }

    /// RFC 4231, cases 2 and 6.
    @Test func hmac() {
        let short = SHA256.hmac(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        #expect(hex(short) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let long = SHA256.hmac(
            key: [UInt8](repeating: 0xAA, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        )
        #expect(hex(long) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func keyedHashesKeepTextsApart() {
        let key = ProcessKey()
        #expect(key.hash([[1], [2, 3]]) != key.hash([[1, 2], [3]]))
        #expect(key.hash([[1], [2, 3]]) == key.hash([[1], [2, 3]]))
        #expect(key.hash([[1]]) != ProcessKey().hash([[1]]))
    }

    /// The published vectors, under each prefix that means the same.
    @Test(arguments: [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
        ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
    ])
    func bcrypt(password: String, hash: String) throws {
        for prefix in ["$2a$", "$2b$", "$2y$"] {
            let hash = try #require(PasswordHash(prefix + hash.dropFirst(4)))
            #expect(hash.cost == 5)
            #expect(hash.matches(Array(password.utf8)))
            #expect(!hash.matches(Array((password + "x").utf8)))
            #expect(!hash.matches(Array((password + "\0").utf8)))
        }
    }

    @Test func nobodyHasTheDecoysPassword() throws {
        for cost in [4, 10] {
            let decoy = try #require(PasswordHash.decoy(cost: cost))
            #expect(decoy.cost == cost)
            if cost == 4 { for password in ["", "a", "U*U"] { #expect(!decoy.matches(Array(password.utf8))) } }
        }
    }

    @Test func bucketsFillWithTime() {
        let start = ContinuousClock.now
        var bucket = TokenBucket(interval: .seconds(2), burst: 3, now: start)
        let first = (0..<4).map { _ in bucket.take(start) }
        #expect(first == [true, true, true, false])
        #expect(bucket.wait(start) == .seconds(2))
        let later = [1999, 2000, 3000].map { bucket.take(start + .milliseconds($0)) }
        #expect(later == [false, true, false])
        #expect(!bucket.isFull(start + .seconds(7)) && bucket.isFull(start + .seconds(8)))
        // What runs over is lost.
        let last = (0..<4).map { _ in bucket.take(start + .seconds(1000)) }
        #expect(last == [true, true, true, false])
    }

    @Test func lanesTakeTurns() {
        var queue = FairQueue<String, Int>(countMax: 7, laneCountMax: 4)
        let things = [(0, "a"), (1, "a"), (2, "a"), (3, "a"), (4, "a"), (10, "b"), (11, "b"), (20, "c"), (30, "d")]
        let isIn = things.map { queue.append($0.0, to: $0.1) }
        #expect(isIn == [true, true, true, true, false, true, true, true, false])
        let order = (0..<8).map { _ in queue.popFirst() }
        #expect(order == [0, 10, 20, 1, 11, 2, 3, nil])
        #expect(queue.count == 0)
    }

    @Test func credentialsNeverTrap() {
        let seeds = ["Basic YWxpY2U6VSpV", "Bearer abc", "basic  YTpiOmM=", "Basic Og==", "Basic ="].map {
            Array($0.utf8)
        }
        fuzz("credentials", seeds: seeds, tokens: ["Basic ", "=", "==", ":"], iterations: 5000) { bytes in
            guard case .basic(let user, let password) = Credentials.parse(bytes[...]) else { return }
            #expect(!user.contains(UInt8(ascii: ":")))
            #expect(user.count + password.count < bytes.count)
        }
        #expect(Credentials.parse(Bytes("Basic Og==")) == .basic(user: [], password: []))
        #expect(Credentials.parse(Bytes("Basic YTpiOmM=")) == .basic(user: [0x61], password: Array("b:c".utf8)))
    }

    @Test func addresses() {
        var bytes: [UInt8] = [0x20, 1, 0xD, 0xB8] + Array(repeating: 0, count: 12)
        bytes[15] = 7
        #expect(IPAddressText.text(of: bytes) == "2001:db8::7")
        #expect(IPAddressText.text(of: [192, 0, 2, 1]) == "192.0.2.1")
        #expect(IPAddressText.text(of: [1, 2, 3]) == nil)
        #expect(IPAddressText.text(of: []) == nil)
    }
}
