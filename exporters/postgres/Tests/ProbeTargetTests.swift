import ExporterSDK
import ExporterTesting
import Testing

@testable import PostgresCollectors

/// Targets that a request may name.
struct ProbeTargetTests {
    @Test(
        arguments: [
            ("db", "db:5432", nil, nil), ("db.example.org:6432", "db.example.org:6432", nil, nil),
            ("db:1/app", "db:1", "app", nil), ("postgresql://db/app?sslmode=require", "db:5432", "app", "require"),
            ("postgres://10.0.0.1:5433", "10.0.0.1:5433", nil, nil), ("[::1]:5433/x", "[::1]:5433", "x", nil),
            ("db/", "db:5432", nil, nil), ("[2001:db8::1]", "[2001:db8::1]:5432", nil, nil),
        ] as [(String, String, String?, String?)]
    )
    func understands(text: String, address: String, database: String?, sslMode: String?) throws {
        let target = try ProbeTarget(text)
        #expect(target.address == address)
        #expect(target.database == database && target.sslMode == sslMode)
    }

    @Test(arguments: [
        "", ":5432", "db:0", "db:65536", "db:x", "db:1:2", "/run/postgresql", "user:hunter2@db", "db,other", "db other",
        "db?host=evil", "db?sslmode=none", "db?sslmode=require&passfile=/etc/shadow", "db/a'b", "db/a b", "[db]:1",
        "[::1", "[::1]x", "host=db password=hunter2", "169.254.169.254", "169.254.0.1:80", "[fe80::1]:5432",
        "METADATA.google.internal", "[fd00:ec2::254]:80", "db%00", "http://db", "d\u{F6}", "%64b",
    ])
    func refuses(text: String) throws {
        let error = try #require(throws: UsageError.self) { try ProbeTarget(text) }
        #expect(!error.message.contains("hunter2"))
    }

    /// What is accepted goes to libpq as host, port and database, and means nothing else there.
    @Test func neverTraps() {
        let seeds = ["db:5432/app?sslmode=require", "postgresql://[::1]:1/x", "169.254.1.1"].map { Array($0.utf8) }
        fuzz("target", seeds: seeds, tokens: ["@", "host=", "//", "?sslmode=", "["]) { input in
            guard let target = try? ProbeTarget(String(decoding: input, as: UTF8.self)) else { return }
            #expect(target.host.utf8.allSatisfy { $0 > 0x2C && $0 < 0x7F } && !target.host.isEmpty)
            #expect((1...65_535).contains(target.port) && !target.address.contains("@"))
        }
    }
}
