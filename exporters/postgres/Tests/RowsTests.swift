import ExporterSDK
import ExporterTesting
import Testing

@testable import PostgresCollectors

/// Rows as the server sends them, and what is made of their values.
struct RowsTests {
    @Test func holdsItsValues() {
        let rows = Rows([["a", nil, ""], ["", "ü\n\"", nil]])
        #expect(rows.count == 2 && rows.columnCount == 3)
        #expect(rows[0, 0]?.text == "a")
        #expect(rows[0, 1] == nil)
        #expect(rows[0, 2]?.text == "")
        #expect(rows[1, 0]?.text == "")
        #expect(rows[1, 1]?.text == "ü\n\"")
        #expect(rows[1, 2] == nil)
        for (row, column) in [(-1, 0), (2, 0), (0, 3), (0, -1), (.max, .max)] { #expect(rows[row, column] == nil) }
    }

    @Test func noRows() {
        let rows = Rows([])
        #expect(rows.count == 0 && rows[0, 0] == nil)
    }

    @Test(arguments: [
        ("0", 0.0), ("-1", -1), ("1795558703.093200", 1_795_558_703.0932), ("t", 1), ("f", 0), ("1e+300", 1e300),
        ("Infinity", .infinity), ("-Infinity", -.infinity), ("18446744073709551616", 18_446_744_073_709_551_616),
    ])
    func numbers(text: String, number: Double) { #expect(Rows.number(Bytes(text)) == number) }

    @Test func notANumberIsANumber() { #expect(Rows.number(Bytes("NaN"))?.isNaN ?? false) }

    @Test(arguments: ["", " 1", "true", "1,5", "0x10", "infinity", "1e999", "--1", "1 "])
    func noNumbers(text: String) { #expect(Rows.number(Bytes(text)) == nil) }

    @Test func neverTraps() {
        fuzz("number", seeds: ["12", "-0.5e10", "NaN", "t"].map { Array($0.utf8) }) { _ = Rows.number(Bytes($0)) }
    }
}
