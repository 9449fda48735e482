import ExporterTesting
import Glibc
import Testing

@testable import ExporterSDK

/// A web configuration that changes while it is in use.
struct WebReloadTests {
    private func status(_ server: WebServer, _ user: String, _ password: String) -> Int? {
        try? server.client.request("GET", "/metrics", headers: basic(user, password)).status
    }

    @Test func usersChangeWithTheFile() throws {
        let server = try WebServer("basic_auth_users: {alice: \(Hashes.star)}")
        #expect(status(server, "alice", Hashes.starPassword) == 200)
        server.write("basic_auth_users: {bob: \(Hashes.slow)}")
        #expect(eventually { status(server, "alice", Hashes.starPassword) == 401 })
        #expect(status(server, "bob", Hashes.slowPassword) == 200)
        #expect(server.log.lines.contains("info: configuration reloaded"))
    }

    /// Broken, half written, empty or gone: what was in force stays, and is said to be old until it is good again.
    @Test func aBrokenFileChangesNothing() throws {
        let good = tlsServer + "basic_auth_users:\n  alice: \(Hashes.star)\n"
        let server = try WebServer(good)
        let known = ["-u", "alice:U*U"]
        #expect(try server.curl("/metrics", known).status == 200)
        let path = "\(server.folder.path)/web.yml"
        for bad in ["tls_server_config: [", String(good.prefix(40)), "", tlsServer, "basic_auth_users: {a: b}"] {
            server.write(bad)
            let before = server.log.lines.count
            #expect(
                eventually {
                    _ = try? server.curl("/metrics", known)
                    return server.log.lines.count > before || server.reloader.status?.isSuccessful == false
                }
            )
            #expect(try server.curl("/metrics", known).status == 200)
            #expect(try server.curl("/metrics").status == 401)
            #expect(server.reloader.status?.isSuccessful == false)
        }
        #expect(unlink(path) == 0)
        #expect(server.reloader.reload() == ["web configuration: \(path): no such file"])
        #expect(try server.curl("/metrics", known).status == 200)
        server.write(good + "rate_limit: {interval: 0}\n")
        #expect(
            eventually {
                _ = try? server.curl("/metrics", known)
                return server.reloader.status?.isSuccessful == true
            }
        )
    }

    /// A file that stays broken is read again only when it changes, and spoken of once.
    @Test func aBrokenFileIsSpokenOfOnce() async throws {
        let server = try WebServer("basic_auth_users: {alice: \(Hashes.star)}")
        server.write("nonsense")
        for _ in 0..<6 {
            #expect(status(server, "alice", Hashes.starPassword) == 200)
            try await Task.sleep(for: .milliseconds(600))
        }
        #expect(server.log.lines.filter { $0.hasPrefix("error") }.count == 1)
    }

    @Test func aFileThatAppearsMakesItGood() throws {
        let server = try WebServer("basic_auth_users: {alice: \(Hashes.star)}")
        let header = basic("alice", Hashes.starPassword)
        server.write("basic_auth_users: {alice: \(Hashes.star)}\nexporter_settings: {bearer_tokens_file: later}\n")
        #expect(
            eventually {
                _ = try? server.client.request("GET", "/metrics", headers: header)
                return server.reloader.status?.isSuccessful == false
            }
        )
        server.folder.write("later", "a-token-that-came-later\n")
        let token = ["Authorization: Bearer a-token-that-came-later"]
        #expect(
            eventually { (try? server.client.request("GET", "/metrics", headers: token).status) == 200 }
        )
    }

    @Test(arguments: [(0o600, false), (0o640, true), (0o644, true)])
    func filesThatOthersCanReadAreWarnedOf(mode: Int, isSpokenOf: Bool) throws {
        let folder = TemporaryFolder()
        let log = RecordedLog()
        folder.write("web.yml", "basic_auth_users: {alice: \(Hashes.star)}")
        #expect(chmod("\(folder.path)/web.yml", mode_t(mode)) == 0)
        _ = try WebConfigStore("\(folder.path)/web.yml", reloader: Reloader(logger: log.logger), logger: log.logger)
        #expect(log.lines.contains { $0.hasPrefix("warning: a file with secrets") } == isSpokenOf)
    }

    @Test func aFileWithoutSecretsMayBeRead() throws {
        let server = try WebServer("rate_limit: {interval: 0}")
        #expect(chmod("\(server.folder.path)/web.yml", 0o644) == 0)
        #expect(server.log.lines.isEmpty)
    }
}
