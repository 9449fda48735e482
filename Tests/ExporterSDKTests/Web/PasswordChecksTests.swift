import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import ExporterSDK

/// What is remembered, what waits for whom, and what is not checked at all.
struct PasswordChecksTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func check(
        _ checks: PasswordChecks,
        _ user: String,
        _ password: String,
        users: [String: PasswordHash],
        address: String = "192.0.2.1",
        cancellation: Cancellation = Cancellation()
    ) -> EventLoopFuture<PasswordChecks.Outcome> {
        let request = HTTPRequest(
            method: .GET,
            target: RequestTarget("/"),
            cancellation: cancellation,
            eventLoop: loop
        )
        return checks.check(
            user: Array(user.utf8),
            password: Array(password.utf8),
            users: users,
            address: address,
            request: request
        )
    }

    private func name(_ outcome: PasswordChecks.Outcome) -> String {
        switch outcome {
        case .right: "right"
        case .wrong: "wrong"
        case .busy: "busy"
        }
    }

    @Test func onlySoManyAreRemembered() async throws {
        let hash = try #require(PasswordHash(Hashes.star))
        let users = Dictionary(uniqueKeysWithValues: (0..<120).map { ("user\($0)", hash) })
        let checks = PasswordChecks()
        for number in 0..<120 {
            let outcome = try await check(checks, "user\(number)", Hashes.starPassword, users: users).get()
            #expect(name(outcome) == "right")
            #expect(checks.rememberedCount == min(number + 1, 100))
        }
        for number in 0..<5 {
            let outcome = try await check(checks, "user\(number)", "wrong\(number)", users: users).get()
            #expect(name(outcome) == "wrong")
        }
        #expect(checks.rememberedCount == 100)
    }

    /// A new hash makes the old password wrong, also where it was right a moment ago.
    @Test func aChangedHashIsCheckedAnew() async throws {
        let checks = PasswordChecks()
        let before = ["alice": try #require(PasswordHash(Hashes.star))]
        let after = ["alice": try #require(PasswordHash(Hashes.slow))]
        #expect(name(try await check(checks, "alice", Hashes.starPassword, users: before).get()) == "right")
        #expect(name(try await check(checks, "alice", Hashes.starPassword, users: after).get()) == "wrong")
        #expect(name(try await check(checks, "alice", Hashes.slowPassword, users: after).get()) == "right")
        #expect(name(try await check(checks, "alice", Hashes.starPassword, users: [:]).get()) == "wrong")
    }

    @Test func anAddressThatIsWrongTooOftenWaits() async throws {
        var limits = PasswordChecks.Limits()
        limits.wrongMax = 3
        limits.wrongInterval = .seconds(3600)
        let checks = PasswordChecks(limits: limits)
        let users = ["alice": try #require(PasswordHash(Hashes.star))]
        #expect(name(try await check(checks, "alice", Hashes.starPassword, users: users).get()) == "right")
        for number in 0..<5 {
            let outcome = try await check(checks, "alice", "wrong\(number)", users: users).get()
            #expect(name(outcome) == (number < 3 ? "wrong" : "busy"))
        }
        // Whoever is known from there is let in, and so is everybody from elsewhere.
        #expect(name(try await check(checks, "alice", Hashes.starPassword, users: users).get()) == "right")
        #expect(name(try await check(checks, "alice", "wrong", users: users, address: "192.0.2.2").get()) == "wrong")
    }

    /// A scraper with a password that is not right any more asks every few seconds, for ever.
    @Test func theSameMistakeIsNoGuess() async throws {
        var limits = PasswordChecks.Limits()
        limits.wrongMax = 2
        limits.wrongInterval = .seconds(3600)
        let checks = PasswordChecks(limits: limits)
        let users = ["alice": try #require(PasswordHash(Hashes.star))]
        for _ in 0..<10 { #expect(name(try await check(checks, "alice", "old", users: users).get()) == "wrong") }
        #expect(name(try await check(checks, "alice", "guess", users: users).get()) == "wrong")
        #expect(name(try await check(checks, "alice", "another", users: users).get()) == "busy")
        #expect(name(try await check(checks, "alice", "old", users: users).get()) == "wrong")
    }

    @Test func thereIsRoomForSoManyOnly() async throws {
        var limits = PasswordChecks.Limits()
        limits.waitingMax = 6
        limits.waitingOfAddressMax = 4
        limits.wrongMax = 1000
        let checks = PasswordChecks(limits: limits)
        let users = ["bob": try #require(PasswordHash(Hashes.slow))]
        let one = (0..<20).map { check(checks, "bob", "wrong\($0)", users: users, address: "one") }
        let two = (0..<20).map { check(checks, "bob", "wrong\($0)", users: users, address: "two") }
        var busy = 0
        for future in one + two where name(try await future.get()) == "busy" { busy += 1 }
        // The thread takes away a few while they come.
        #expect((15...34).contains(busy))
    }

    @Test func whoHasLeftIsNotCheckedFor() async throws {
        let checks = PasswordChecks()
        let users = ["bob": try #require(PasswordHash(Hashes.slow))]
        let gone = Cancellation()
        let first = check(checks, "bob", "first", users: users)
        let left = check(checks, "bob", Hashes.slowPassword, users: users, cancellation: gone)
        gone.cancel()
        #expect(name(try await first.get()) == "wrong")
        // Not right, as nobody looked.
        #expect(name(try await left.get()) == "wrong")
        #expect(checks.rememberedCount == 0)
    }
}
