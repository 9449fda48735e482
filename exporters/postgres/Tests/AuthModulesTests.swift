import ExporterTesting
import StrictYAML
import Testing

@testable import PostgresCollectors

/// The configuration file of /probe.
struct AuthModulesTests {
    private static func read(_ yaml: String, password: String = "") throws -> AuthModules {
        let folder = TemporaryFolder()
        folder.write("c.yml", yaml)
        folder.write("pass", password)
        let modules: AuthModules = try ConfigurationFile(folder.path + "/c.yml").decode()
        // Read while the folder is there.
        _ = try? modules.modules.values.first?.readPassword()
        return modules
    }

    @Test func aModule() throws {
        let modules = try Self.read(
            """
            auth_modules:
              m:
                type: userpass
                userpass: {username: u, password: "p@ss"}
                options: {sslmode: disable}
            """
        )
        let module = try #require(modules.modules["m"])
        #expect(module.user == "u" && module.options == ["sslmode": "disable"])
        #expect(try module.readPassword() == "p@ss")
        let target = try ProbeTarget("db:1/app?sslmode=require")
        let found = try ConnectionSettings(target, module) { _ in nil }.parameters()
        let last = Dictionary(found.map { ($0.keyword, $0.value) }) { $1 }
        #expect(last["host"] == "db" && last["port"] == "1" && last["dbname"] == "dbname='app'")
        #expect(last["user"] == "u" && last["password"] == "p@ss" && last["sslmode"] == "require")
        #expect(!"\(module)".contains("p@ss"))
    }

    @Test func anEmptyFileHasNoModules() throws { #expect(try Self.read("").modules.isEmpty) }

    @Test(arguments: [
        "auth_modules: {m: {type: iam}}", "auth_module: {}", "auth_modules: {m: {userpass: {password: x}}}",
        "auth_modules: {m: {userpass: {username: u, passwort: x}}}", "auth_modules: {m: {options: {host: evil}}}",
        "auth_modules: {m: {userpass: {username: u, password: a, password_file: b}}}", "auth_modules: [1]",
    ])
    func wrongFilesAreRefused(yaml: String) {
        #expect(throws: ConfigurationError.self) { try Self.read(yaml) }
    }
}
