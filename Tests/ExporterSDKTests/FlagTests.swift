import Testing

@testable import ExporterSDK

/// The command line, the environment under it, and what is said of mistakes.
struct FlagTests {
    private static let name = Flag("web.name", default: "none", placeholder: "NAME", help: "A text.")
    private static let addresses = Flag("web.listen", default: [":1"], placeholder: "ADDRESS", help: "Some texts.")
    private static let count = Flag(
        "max",
        formerly: ["limit", "most"],
        default: 5,
        placeholder: "N",
        help: "A number."
    )
    private static let loud = Flag("loud", default: false, help: "A switch.")
    private static let collector = Flag("collector.cpu", default: true, help: "A switch that is on.")
    private static let wait = Flag("wait", default: Duration.seconds(1), placeholder: "DURATION", help: "A duration.")
    private static let include = Flag<Pattern?>("include", default: nil, placeholder: "PATTERN", help: "A pattern.")

    private let parser = CommandLineParser(
        program: "some-exporter",
        flags: [Self.name, Self.addresses, Self.count, Self.loud, Self.collector, Self.wait, Self.include]
    )

    private func parse(_ arguments: String..., environment: [String: String] = [:]) throws(UsageError) -> FlagValues {
        try parser.parse(arguments: arguments, environment: { environment[$0] })
    }

    // MARK: Forms

    @Test func withoutArgumentsAllAreDefaults() throws {
        let values = try parse()
        #expect(values[Self.name] == "none")
        #expect(values[Self.addresses] == [":1"])
        #expect(values[Self.count] == 5)
        #expect(!values[Self.loud])
        #expect(values[Self.collector])
        #expect(values[Self.wait] == .seconds(1))
        #expect(values[Self.include] == nil)
        #expect(!values.isGiven(Self.name))
    }

    @Test func aValueFollowsAnEqualsSignOrABlank() throws {
        #expect(try parse("--web.name=a")[Self.name] == "a")
        #expect(try parse("--web.name", "a")[Self.name] == "a")
        #expect(try parse("--web.name=")[Self.name] == "")
        #expect(try parse("--web.name", "")[Self.name] == "")
        #expect(try parse("--web.name=a=b")[Self.name] == "a=b")
        #expect(try parse("--web.name", "--loud")[Self.name] == "--loud")
        #expect(try parse("--web.name=é\n")[Self.name] == "é\n")
        #expect(try parse("--max", "7").isGiven(Self.count))
    }

    @Test func formerNamesAreTakenAndRemembered() throws {
        for former in ["limit", "most"] {
            let values = try parse("--\(former)=7")
            #expect(values[Self.count] == 7)
            #expect(values.isGiven(Self.count))
            #expect(values.renamed.map(\.from) == ["--\(former)"] && values.renamed.map(\.to) == ["--max"])
        }
        // In the order of the command line, whatever the name.
        #expect(try parse("--limit", "7", "--max=8")[Self.count] == 8)
        #expect(try parse("--max=8", "--limit", "7")[Self.count] == 7)
        #expect(throws: UsageError("--max: \"x\" is not a whole number from 0")) { try parse("--limit=x") }
    }

    @Test func switches() throws {
        #expect(try parse("--loud")[Self.loud])
        #expect(try parse("--loud=true")[Self.loud])
        #expect(try !parse("--loud=false")[Self.loud])
        #expect(try !parse("--no-loud")[Self.loud])
        #expect(try !parse("--no-collector.cpu")[Self.collector])
        #expect(try parse("--no-loud").isGiven(Self.loud))
        // A switch takes no following value.
        #expect(throws: UsageError.self) { try parse("--loud", "true") }
    }

    @Test func theLastOfSeveralCounts() throws {
        #expect(try parse("--web.name=a", "--web.name", "b")[Self.name] == "b")
        #expect(try !parse("--loud", "--no-loud")[Self.loud])
        #expect(try parse("--no-loud", "--loud")[Self.loud])
        #expect(try parse("--max=1", "--max=2")[Self.count] == 2)
    }

    @Test func aListKeepsAll() throws {
        #expect(try parse("--web.listen=:2")[Self.addresses] == [":2"])
        #expect(try parse("--web.listen=:2", "--loud", "--web.listen", ":3")[Self.addresses] == [":2", ":3"])
    }

    // MARK: The environment

    @Test func theEnvironmentIsBelowTheCommandLine() throws {
        let environment = [
            "SOME_EXPORTER_WEB_NAME": "e", "SOME_EXPORTER_LOUD": "true", "SOME_EXPORTER_COLLECTOR_CPU": "0",
            "SOME_EXPORTER_MAX": "9", "SOME_EXPORTER_WEB_LISTEN": ":4", "WEB_NAME": "other", "SOME_EXPORTER_X": "y",
        ]
        let values = try parse(environment: environment)
        #expect(values[Self.name] == "e")
        #expect(values[Self.loud])
        #expect(!values[Self.collector])
        #expect(values[Self.count] == 9)
        #expect(values[Self.addresses] == [":4"])
        #expect(values.isGiven(Self.collector))
        let both = try parse("--web.name=a", "--no-loud", "--web.listen=:2", environment: environment)
        #expect(both[Self.name] == "a")
        #expect(!both[Self.loud])
        #expect(both[Self.addresses] == [":2"])
        #expect(both[Self.count] == 9)
    }

    @Test func aBadVariableIsNamed() {
        expectError("environment variable SOME_EXPORTER_MAX: --max: \"x\" is not a whole number from 0") {
            try parse(environment: ["SOME_EXPORTER_MAX": "x"])
        }
        expectError("environment variable SOME_EXPORTER_LOUD: --loud: \"\" is neither true nor false") {
            try parse(environment: ["SOME_EXPORTER_LOUD": ""])
        }
    }

    // MARK: Mistakes

    @Test(
        arguments: [
            (["--loudd"], "unknown flag --loudd; did you mean --loud?; --help lists all"),
            (["--no-loudd"], "unknown flag --no-loudd; did you mean --no-loud?; --help lists all"),
            (["--collector.cpus"], "unknown flag --collector.cpus; did you mean --collector.cpu?; --help lists all"),
            (["--web-name=x"], "unknown flag --web-name; did you mean --web.name?; --help lists all"),
            (["--no-max"], "unknown flag --no-max; --help lists all"),
            (["--quite-another-thing"], "unknown flag --quite-another-thing; --help lists all"),
            (["--"], "unexpected \"--\": flags begin with --, see --help"),
            (["-loud"], "unexpected \"-loud\": flags begin with --, see --help"),
            (["loud"], "unexpected \"loud\": flags begin with --, see --help"),
            ([""], "unexpected \"\": flags begin with --, see --help"),
            (["--web.name"], "--web.name needs a value: --web.name=NAME"),
            (["--max=-1"], "--max: \"-1\" is not a whole number from 0"),
            (["--max=+1"], "--max: \"+1\" is not a whole number from 0"),
            (["--max=1.5"], "--max: \"1.5\" is not a whole number from 0"),
            (["--max=99999999999999999999"], "--max: \"99999999999999999999\" is not a whole number from 0"),
            (["--max="], "--max: \"\" is not a whole number from 0"),
            (["--loud=yes"], "--loud: \"yes\" is neither true nor false"),
            (["--no-loud=true"], "--no-loud takes no value: --loud=true or --loud=false does"),
            (["--wait=5"], "--wait: \"5\" is not a duration such as 500ms, 5s, 1m30s or 2h"),
            (["--include=("], "--include: bad pattern \"(\" at character 1: missing closing parenthesis"),
        ] as [([String], String)]
    )
    func mistakesAreExplainedInALine(arguments: [String], expected: String) {
        expectError(expected) { try parser.parse(arguments: arguments, environment: { _ in nil }) }
    }

    @Test func aVeryLongNameCostsNothing() {
        let name = String(repeating: "x", count: 100_000)
        expectError("unknown flag --\(name); --help lists all") { try parse("--\(name)") }
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 2), ("kitten", "sitting", 3),
    ])
    func editDistances(a: String, b: String, expected: Int) {
        #expect(CommandLineParser.editDistance(Array(a.utf8), Array(b.utf8)) == expected)
    }

    // MARK: Durations

    @Test(
        arguments: [
            ("0", .zero), ("0s", .zero), ("500ms", .milliseconds(500)), ("5s", .seconds(5)), ("1m30s", .seconds(90)),
            ("2h", .seconds(7200)), ("1d", .seconds(86400)), ("1h1ms", .milliseconds(3_600_001)), ("", nil), ("5", nil),
            ("s", nil), ("-5s", nil), ("5 s", nil), ("5S", nil), ("1.5s", nil), ("5sx", nil), ("5us", nil),
            ("1m30", nil),
            ("9999999999s", nil), ("999999999d", .seconds(999_999_999 * 86400)), ("é", nil),
        ] as [(String, Duration?)]
    )
    func durations(text: String, expected: Duration?) { #expect((try? Duration.parse([text])) == expected) }

    @Test(
        arguments: [
            (.zero, "0s"), (.milliseconds(500), "500ms"), (.seconds(5), "5s"), (.seconds(90), "90s"),
            (.seconds(120), "2m"),
            (.seconds(7200), "2h"), (.milliseconds(1500), "1500ms"),
        ] as [(Duration, String)]
    )
    func durationsInHelp(duration: Duration, expected: String) throws {
        #expect(duration.flagText == expected)
        #expect(try Duration.parse([expected]) == duration)
    }

    // MARK: Helpers

    private func expectError(_ message: String, _ body: () throws -> FlagValues) {
        #expect(throws: UsageError(message)) { _ = try body() }
    }

    @Test func flagsOfForeignCollectorsAreTakenAndRemembered() throws {
        let own = Flag("collector.cpu", default: true, help: "")
        let parser = CommandLineParser(program: "test", flags: [own], foreignCollectors: ["zfs"])
        let values = try parser.parse(
            arguments: [
                "--collector.zfs", "--no-collector.zfs", "--collector.zfs.x=1", "--collector.zfs.y", "2",
                "--no-collector.cpu",
            ],
            environment: { _ in nil }
        )
        #expect(values.ignored == ["--collector.zfs", "--no-collector.zfs", "--collector.zfs.x", "--collector.zfs.y"])
        #expect(!values[own])
        #expect(throws: UsageError.self) {
            try parser.parse(arguments: ["--collector.zfsx"], environment: { _ in nil })
        }
    }
}
