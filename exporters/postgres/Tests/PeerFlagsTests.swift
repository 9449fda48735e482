import ExporterSDK
import Testing

@testable import PostgresCollectors

/// Flags and variables that are made for postgres_exporter.
struct PeerFlagsTests {
    private static func merged(_ environment: [String: String]) throws -> FlagValues {
        try PeerFlags.merged(FlagValues()) { environment[$0] }
    }

    @Test func variablesCountWhereNoFlagIsGiven() throws {
        let flags = try Self.merged([
            "PG_EXPORTER_DISABLE_SETTINGS_METRICS": "true", "PG_EXPORTER_EXTEND_QUERY_PATH": "/q.yml",
            "PG_EXPORTER_EXCLUDE_DATABASES": "a,b", "PG_EXPORTER_INCLUDE_DATABASES": "",
        ])
        #expect(PeerFlags.switchedOff(flags) == ["settings": "disable-settings-metrics"])
        #expect(flags[CustomQueriesCollector.path] == "/q.yml" && flags[PostgresServer.exclude] == "a,b")
        #expect(!flags.isGiven(PostgresServer.include))
        var given = FlagValues()
        given.set(PostgresServer.exclude, to: "c")
        let merged = try PeerFlags.merged(given) { $0 == "PG_EXPORTER_EXCLUDE_DATABASES" ? "a" : nil }
        #expect(merged[PostgresServer.exclude] == "c")
    }

    @Test func whatIsNoValueIsRefused() throws {
        let error = #expect(throws: UsageError.self) {
            try Self.merged(["PG_EXPORTER_AUTO_DISCOVER_DATABASES": "perhaps"])
        }
        #expect(error?.message.contains("PG_EXPORTER_AUTO_DISCOVER_DATABASES") == true)
    }

    @Test(
        arguments: [
            (["PG_EXPORTER_METRIC_PREFIX": "mydb"], "--metric-prefix"),
            (["PG_EXPORTER_CONSTANT_LABELS": "env"], "--constantLabels"),
            (["PG_EXPORTER_CONSTANT_LABELS": "1env=x"], "--constantLabels"),
            (["PG_EXPORTER_CONSTANT_LABELS": "env=x,env=y"], "--constantLabels"),
            (["PG_EXPORTER_CONSTANT_LABELS": "env=x=y, dc=,__a="], "--constantLabels"),
            (["PG_EXPORTER_CONSTANT_LABELS": "env=x=y, dc="], nil), ([:], nil),
            (["PG_EXPORTER_METRIC_PREFIX": "pg", "PG_EXPORTER_DISABLE_DEFAULT_METRICS": "true"], nil),
        ] as [([String: String], String?)]
    )
    func whatCannotBeHadIsRefused(environment: [String: String], flag: String?) throws {
        let flags = try Self.merged(environment)
        guard let flag else { return try PeerFlags.check(flags) }
        let error = #expect(throws: UsageError.self) { try PeerFlags.check(flags) }
        #expect(error?.message.hasPrefix(flag) == true)
    }
}
