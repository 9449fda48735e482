import ExporterSDK
import ExporterTesting
import Exposition
import StrictYAML
import Testing

@testable import PostgresCollectors

/// Custom queries: their file, and what becomes of rows.
struct CustomQueryTests {
    private static func read(_ yaml: String) throws -> [String: CustomQuery] {
        let folder = TemporaryFolder()
        folder.write("q.yml", yaml)
        return try ConfigurationFile(folder.path + "/q.yml").decode()
    }

    private static func written(_ yaml: String, _ rows: Rows) throws -> String {
        let query = try #require(try read(yaml)["my"])
        var writer = MetricWriter(format: .text)
        do throws(CollectorError) {
            try CustomMetrics("my", query).write(rows, into: &writer)
        } catch {
            return "\(error)"
        }
        var bytes: [UInt8] = []
        _ = MetricWriter.join([writer], into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let yaml = """
        my:
          query: SELECT 1
          master: true
          cache_seconds: 30
          runonserver: ">=10.0.0"
          metrics:
            - name: {usage: "LABEL", description: Name}
            - hits: {usage: COUNTER, description: "Hits \\"of\\" it"}
            - size: {usage: gauge, description: Size}
            - state: {usage: MAPPEDMETRIC, description: State, metric_mapping: {good: 1, bad: -1}}
            - took: {usage: DURATION, description: Took}
            - seen: {usage: GAUGE, description: Seen}
            - rest: {usage: DISCARD, description: X}

        """

    @Test func rowsBecomeSamples() throws {
        let rows = Rows(
            [
                ["a\"b", "5", "0.5", "good", "1m30s", "1970-01-02 00:00:01.5+00", "x"],
                [nil, nil, "t", "odd", "-1", nil, nil],
            ],
            names: ["name", "hits", "size", "state", "took", "seen", "rest"]
        )
        let expected = """
            # HELP my_hits Hits "of" it
            # TYPE my_hits counter
            my_hits{name="a\\"b"} 5
            # HELP my_seen Seen
            # TYPE my_seen gauge
            my_seen{name="a\\"b"} 86401.5
            # HELP my_size Size
            # TYPE my_size gauge
            my_size{name="a\\"b"} 0.5
            my_size{name=""} 1
            # HELP my_state State
            # TYPE my_state gauge
            my_state{name="a\\"b"} 1
            # HELP my_took_milliseconds Took
            # TYPE my_took_milliseconds gauge
            my_took_milliseconds{name="a\\"b"} 90000
            my_took_milliseconds{name=""} -1

            """
        #expect(try Self.written(Self.yaml, rows) == expected)
    }

    @Test func aColumnThatIsNotThereIsAnError() throws {
        let rows = Rows([["1"]], names: ["hits"])
        #expect(try Self.written(Self.yaml, rows) == "my: the query has no column name")
    }

    @Test func aValueThatIsNoNumberIsAnError() throws {
        let yaml = "my: {query: x, metrics: [{a: {usage: GAUGE, description: d}}]}"
        #expect(try Self.written(yaml, Rows([["many"]], names: ["a"])) == "my_a: \"many\" is no number")
    }

    @Test(arguments: [
        ("my: {}", "\"query\" is missing"), ("my: {query: x, unknown: 1}", "unknown key \"unknown\""),
        ("my: {query: x, metrics: [{a: {}}]}", "\"usage\" is missing"),
        ("my: {query: x, metrics: [{a: {usage: SUM}}]}", "one of LABEL"),
        ("my: {query: x, metrics: [{a: {usage: GAUGE}, b: {usage: GAUGE}}]}", "each entry"),
        ("my: {query: x, runonserver: new}", "no range"), ("my: {query: x, cache_seconds: -1}", "below 0"),
        ("- a", "map"),
    ])
    func wrongFilesAreRefused(yaml: String, message: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try Self.read(yaml) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test(arguments: [
        (">=10.0.0", 150_004, true), (">=10.0.0 <13.0.0", 150_004, false), ("<10.0.0 || >=15.4.0", 150_004, true),
        ("15.4.0", 150_004, true), ("!15.4.0", 150_004, false), (">15", 150_000, false), ("<=9.6.24", 90_624, true),
        ("=13", 130_000, true),
    ])
    func ranges(text: String, version: Int, isIn: Bool) throws {
        #expect(try #require(VersionRange(text)).contains(version) == isIn)
    }

    @Test(arguments: ["", " ", "x", ">=", ">>1", "1.2.3.4", "-1", "99999", "1..2", "||", "=<1"])
    func noRanges(text: String) { #expect(VersionRange(text) == nil) }

    @Test(arguments: [
        ("1970-01-01", 0.0), ("1970-01-01 00:00:00", 0), ("2000-03-01 00:00:00+00", 951_868_800),
        ("2026-11-24 22:19:13.949+00", 1_795_558_753.949), ("2026-11-25 01:19:13.949+03", 1_795_558_753.949),
        ("2026-11-24 17:49:13.949-04:30", 1_795_558_753.949), ("1969-12-31 23:59:59Z", -1),
        ("2024-02-29 12:00:00", 1_709_208_000),
    ])
    func times(text: String, seconds: Double) { #expect(Timestamp.seconds(Bytes(text)) == seconds) }

    @Test(arguments: [
        "", "infinity", "2026-13-01", "2026-01-00", "2026-01-01 25:00", "2026-01-01 10", "2026-01-01x10:00:00",
    ])
    func noTimes(text: String) { #expect(Timestamp.seconds(Bytes(text)) == nil) }

    @Test(
        arguments: [("{1,2.5}", [1, 2.5]), ("{}", []), ("{NULL}", nil), ("1,2", nil), ("{1,}", nil), ("{", nil)]
            as [(String, [Double]?)]
    )
    func arrays(text: String, numbers: [Double]?) { #expect(CustomMetrics.array(Bytes(text)) == numbers) }

    @Test func neverTraps() throws {
        let query = try #require(
            try Self.read("my: {query: x, metrics: [{h: {usage: HISTOGRAM}}, {g: {usage: GAUGE}}]}")["my"]
        )
        let metrics = CustomMetrics("my", query)
        let seeds = ["{1,2}|{1,2}|3|2|5", "2026-11-24 22:19:13.949+00|{}|1|0|NaN"].map { Array($0.utf8) }
        try fuzz("custom", seeds: seeds, tokens: ["{", "}", "+00", "NaN", ","]) { input in
            let values = Bytes(input).pieces(between: "|").map { Optional($0.text) }
            let rows = Rows(
                [(values + [nil, nil, nil, nil, nil]).prefix(5).map { $0 }],
                names: ["h", "h_bucket", "h_sum", "h_count", "g"]
            )
            var writer = MetricWriter(format: .text)
            _ = try? metrics.write(rows, into: &writer)
            var bytes: [UInt8] = []
            _ = MetricWriter.join([writer], into: &bytes)
            _ = try TextParser.parse(bytes)
        }
    }
}
