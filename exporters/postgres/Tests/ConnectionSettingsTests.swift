import ExporterTesting
import Testing

@testable import PostgresCollectors

/// How the environment says where the server is, and that nothing secret gets out.
struct ConnectionSettingsTests {
    private static func parameters(_ environment: [String: String], database: String? = nil) throws -> [String: String]
    {
        let parameters = try ConnectionSettings { environment[$0] }.to(database).parameters()
        return Dictionary(parameters.map { ($0.keyword, $0.value) }) { $1 }
    }

    @Test func aConnectionString() throws {
        let dsn = "postgresql://u:p%40ss@h:1/d?sslmode=disable"
        #expect(try Self.parameters(["DATA_SOURCE_NAME": dsn, "DATA_SOURCE_URI": "x"])["dbname"] == dsn)
        #expect(try Self.parameters(["DATA_SOURCE_NAME": "host=/run/x dbname=y"])["dbname"] == "host=/run/x dbname=y")
    }

    @Test func aURIWithUserAndPassword() throws {
        let found = try Self.parameters([
            "DATA_SOURCE_URI": "h:5432/d?sslmode=disable", "DATA_SOURCE_USER": "o'user", "DATA_SOURCE_PASS": "p@/:?#ss",
        ])
        #expect(found["dbname"] == "postgresql://h:5432/d?sslmode=disable")
        #expect(found["user"] == "o'user" && found["password"] == "p@/:?#ss")
    }

    @Test func filesAreReadEachTime() throws {
        let folder = TemporaryFolder()
        folder.write("uri", "h/d\n")
        folder.write("user", "u\n")
        folder.write("pass", "first\n")
        let environment = ["URI", "USER", "PASS"].reduce(into: [String: String]()) {
            $0["DATA_SOURCE_\($1)_FILE"] = "\(folder.path)/\($1.lowercased())"
        }
        #expect(try Self.parameters(environment)["password"] == "first")
        folder.write("pass", "second")
        #expect(try Self.parameters(environment)["password"] == "second")
        #expect(try Self.parameters(environment)["user"] == "u")
    }

    @Test(arguments: [
        ("postgresql://a/x,postgresql://b/y", true), ("host=a dbname=x, host=b dbname=y", true),
        ("postgresql://a:1,b:2/x", false), ("host=a,b port=1,2", false), ("postgresql://u:p,host@a/x", false),
    ])
    func severalServersAreRefused(name: String, isList: Bool) {
        let settings = ConnectionSettings { $0 == "DATA_SOURCE_NAME" ? name : nil }
        #expect((try? settings.checkNames()) == nil ? isList : !isList)
        #expect((try? settings.parameters()) == nil ? isList : !isList)
    }

    @Test func libpqsOwnEnvironmentWhereNothingIsGiven() throws {
        let found = try Self.parameters([:])
        #expect(found["dbname"] == nil && found["host"] == nil && found["user"] == nil)
        #expect(found["gssencmode"] == "disable")
        #expect(try Self.parameters(["PGGSSENCMODE": "prefer"])["gssencmode"] == nil)
    }

    @Test func anotherDatabase() throws {
        #expect(try Self.parameters(["DATA_SOURCE_NAME": "postgresql://h/d"], database: "it's")["dbname"] == "it's")
        // As the first of its kind it would be read as a connection string.
        #expect(try Self.parameters([:], database: "host=evil'\\")["dbname"] == "dbname='host=evil\\'\\\\'")
    }

    @Test(arguments: [
        "postgresql://u:a\"hunter2@[h/d", "postgresql://u:hunter2@h/d?hunter2=1", "host=h password=hunter2 hunter2",
        "password='hunter2", "postgresql://u:hunter2%zz@h/d", "postgresql://[hunter2/d", "hunter2",
    ])
    func badConnectionStringsAreNotShown(dsn: String) throws {
        let error = try #require(throws: PostgresError.self) { try Self.parameters(["DATA_SOURCE_NAME": dsn]) }
        #expect(error.message.hasPrefix("DATA_SOURCE_NAME: "))
        #expect(!error.message.contains("hunter2"), "\(error.message)")
    }

    @Test func aFileThatIsNotThere() throws {
        let error = try #require(throws: PostgresError.self) {
            try Self.parameters(["DATA_SOURCE_URI": "h/d", "DATA_SOURCE_PASS_FILE": "/nonexistent/pass"])
        }
        #expect(error.message == "DATA_SOURCE_PASS_FILE: /nonexistent/pass can't be read")
    }

    @Test func errorsAreCleared() {
        let settings = ConnectionSettings { ["DATA_SOURCE_PASS": "hunter2"][$0] }
        #expect(settings.withoutSecrets("a hunter2 b hunter2") == "a ... b ...")
    }

    /// Whatever is given, libpq's parser and ours come to an end, and the text is never shown.
    @Test func neverTraps() {
        let seeds = ["postgresql://u:secret@h:1/d?sslmode=disable", "host=h password='se\\'cret' dbname=d"].map {
            Array($0.utf8)
        }
        fuzz("dsn", seeds: seeds, tokens: ["postgres://", "host=", "'", "%00", "@"], iterations: 3000) { input in
            let text = String(decoding: input.filter { $0 != 0 }, as: UTF8.self)
            _ = try? Self.parameters(["DATA_SOURCE_NAME": text])
        }
    }
}
