import ExporterSDK
import ExporterTesting
import Testing

@testable import PostgresCollectors

/// What a server has decides what it is asked.
struct CatalogTests {
    private static func facts(_ rows: [[String?]], isInRecovery: Bool = false) -> ServerFacts {
        var facts = ServerFacts()
        facts.catalog = Catalog(Rows(rows))
        facts.isInRecovery = isInRecovery
        facts.server = "it's:5432"
        return facts
    }

    private static let query = Query(
        "pg_thing",
        role: .primary,
        [
            .label("name"), .counter("pg_thing_old_total", "Old.", "old_column"),
            .counter("pg_thing_new_total", "New.", "new_column"),
            .gauge("pg_thing_called", "Called.", "some_function(1)", needs: ["some_function()"]),
        ]
    )

    @Test func asksForTheColumnsThatThereAre() throws {
        let plan = try #require(
            Plan(Self.query, for: Self.facts([["r", "pg_catalog", "pg_thing", "name,old_column", "t"]]))
        )
        #expect(plan.sql == "SELECT name, old_column FROM \"pg_catalog\".\"pg_thing\" LIMIT 50001")
        #expect(plan.asked == [0, 1])
    }

    @Test func asksForFunctionsThatThereAre() throws {
        let rows = [["r", "pg_catalog", "pg_thing", "name", "t"], ["f", "pg_catalog", "some_function", nil, "t"]]
        #expect(try #require(Plan(Self.query, for: Self.facts(rows))).asked == [0, 3])
    }

    @Test(arguments: [
        [], [["r", "pg_catalog", "pg_other", "name,old_column", "t"]], [["r", "pg_catalog", "pg_thing", "name", "t"]],
        [["r", "pg_catalog", "pg_thing", "name,old_column", "f"]], [[nil, nil, nil, nil, nil]],
    ])
    func asksNothingWhereThereIsNothing(rows: [[String?]]) { #expect(Plan(Self.query, for: Self.facts(rows)) == nil) }

    @Test func asksOnlyWhoCanAnswer() {
        let facts = Self.facts([["r", "pg_catalog", "pg_thing", "name,old_column", "t"]], isInRecovery: true)
        #expect(Plan(Self.query, for: facts) == nil)
    }

    @Test func namesAreQuoted() throws {
        let rows = [["r", "odd\"schema", "pg_thing", "name,old_column", "t"]]
        let query = Query("pg_thing", [.label("server", "$server"), .gauge("pg_x", "X.", "old_column")])
        let plan = try #require(Plan(query, for: Self.facts(rows)))
        #expect(plan.sql == "SELECT 'it''s:5432', old_column FROM \"odd\"\"schema\".\"pg_thing\" LIMIT 50001")
    }

    @Test(arguments: [("a", "'a'"), ("it's", "'it''s'"), ("a\\b'", "E'a\\\\b'''"), ("", "''")])
    func literals(text: String, sql: String) { #expect(quoted(text) == sql) }

    @Test func aNullIsNoSampleAndOddNamesAreLabels() throws {
        let plan = try #require(
            Plan(Self.query, for: Self.facts([["r", "pg_catalog", "pg_thing", "name,old_column", "t"]]))
        )
        let answer = Answer(plan: plan, rows: Rows([["a\"b\nc", "5"], ["d", nil], [nil, "7"]]))
        #expect(written(answer) == "pg_thing_old_total{name=\"a\\\"b\\nc\"} 5\npg_thing_old_total{name=\"\"} 7\n")
        let bad = Answer(plan: plan, rows: Rows([["a", "many"]]))
        #expect(written(bad) == "failed: pg_thing_old_total: \"many\" is no number")
    }
}
