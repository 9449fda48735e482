import ExporterSDK
import ExporterTesting
import Exposition
import Testing

@testable import PostgresCollectors

/// What servers may answer: NULL in every column, no row, text where a number should be.
struct AnswersTests {
    /// What a server that has all that is asked for, but for one thing, is known by.
    private static func facts(_ queries: [Query], isInRecovery: Bool, without absent: CatalogName?) -> ServerFacts {
        var columns: [String: Set<String>] = [:]
        var functions: Set<String> = []
        for query in queries where query.text == nil {
            let needs = query.columns.flatMap(\.needs).map { CatalogName($0, in: query.relation) }
            for name in needs + [CatalogName(query.relation)] {
                if name.isFunction {
                    functions.insert(name.relation)
                } else if name != absent, name.owner != absent || name.column == nil {
                    columns[name.relation, default: []].formUnion(name.column.map { [$0] } ?? [])
                }
            }
        }
        let relations = columns.map { ["r", "pg_catalog", $0.key, $0.value.sorted().joined(separator: ","), "t"] }
        var facts = ServerFacts()
        facts.version = 180_000
        facts.isInRecovery = isInRecovery
        facts.catalog = Catalog(Rows(relations + functions.map { ["f", "pg_catalog", $0, "", "t"] }))
        return facts
    }

    private static func written(_ collector: any PostgresCollector, _ answers: [Answer]) throws -> [ParsedSample] {
        var writer = MetricWriter(format: .text)
        do throws(CollectorError) {
            try collector.write(answers, into: &writer)
        } catch {
            return []
        }
        var bytes: [UInt8] = []
        _ = MetricWriter.join([writer], into: &bytes)
        return try TextParser.parse(bytes).families.flatMap(\.samples)
    }

    @Test(arguments: postgresCollectors.map { "\($0.name)" })
    func whateverTheServerSays(name: String) throws {
        let type = try #require(postgresCollectors.first { "\($0.name)" == name })
        let server = PostgresServer(FlagValues(), ConnectionSettings { _ in nil })
        guard let collector = try type.init(server, FlagValues()) as? any PostgresCollector else { return }
        let queries = collector.source.queries
        let absences: [CatalogName?] = [nil] + queries.compactMap(\.unless)
        for (absent, isInRecovery) in absences.flatMap({ [($0, false), ($0, true)] }) {
            let facts = Self.facts(queries, isInRecovery: isInRecovery, without: absent)
            let plans = queries.compactMap { Plan($0, for: facts) }
            for value in [nil, "", "x", "t", "-1", "NaN", "1e308", "\u{FFFD}\"\\\n"] as [String?] {
                for count in 0...2 {
                    let answers = plans.map { plan in
                        let row = Array(repeating: value, count: plan.asked.count)
                        return Answer(plan: plan, rows: Rows(Array(repeating: row, count: count)))
                    }
                    let samples = try Self.written(collector, answers)
                    // Of what is not known nothing is told but that there is none of it.
                    guard value == nil else { continue }
                    #expect(samples.allSatisfy { $0.value == 0 }, "\(samples.filter { $0.value != 0 })")
                }
            }
        }
    }

    @Test(arguments: [(10.0, 0.2), (1, 0.2), (0.25, 0.05), (0, 0), (-1, 0)])
    func theMarginShrinksWithTheTime(left: Double, margin: Double) {
        #expect(abs(SessionLimits().margin(of: .seconds(left)) / .seconds(1) - margin) < 1e-9)
    }
}
