import Exposition
import Testing

@testable import PostgresCollectors

/// Which statements have series of their own, and that the sum of the others only grows.
struct TopStatementsTests {
    private static func row(_ id: String, _ values: Double...) -> TopStatements.Row {
        TopStatements.Row(labels: LabelSet([("queryid", .text(id))]), values: values)
    }

    private static func values(_ rows: [TopStatements.Row]) -> [[Double]] { rows.map(\.values) }

    @Test func theDearestStayAndTheOthersAreOne() {
        let top = TopStatements(limit: 2)
        let start = ContinuousClock.now
        let first = top.fold(
            [Self.row("a", 10, 1), Self.row("b", 8, 2), Self.row("c", 3, 3), Self.row("d", 1, 4)],
            at: start
        )
        #expect(Self.values(first) == [[10, 1], [8, 2], [4, 7]])
        // c becomes dear: it gets a series, and what it did so far stays in the sum.
        let second = top.fold(
            [Self.row("a", 10, 1), Self.row("b", 8, 2), Self.row("c", 30, 30), Self.row("d", 2, 5)],
            at: start + .seconds(60)
        )
        #expect(Self.values(second) == [[30, 30], [10, 1], [8, 2], [5, 8]])
        // After an hour b has lost its series: what it does from then on is added.
        let third = top.fold(
            [Self.row("a", 40, 2), Self.row("b", 9, 3), Self.row("c", 31, 31), Self.row("d", 2, 5)],
            at: start + .seconds(3700)
        )
        #expect(Self.values(third).first == [40, 2])
        #expect(Self.values(third).count == 3)
        #expect((Self.values(third).last ?? []) >= [5, 8])
    }

    @Test func aResetIsANewBeginning() {
        let top = TopStatements(limit: 0)
        let now = ContinuousClock.now
        #expect(Self.values(top.fold([Self.row("a", 10)], at: now)) == [[10]])
        #expect(Self.values(top.fold([Self.row("a", 2)], at: now)) == [[12]])
        #expect(Self.values(top.fold([], at: now)) == [[12]])
        #expect(Self.values(top.fold([Self.row("a", 5)], at: now)) == [[17]])
    }

    @Test func statementsThatComeAndGoDoNotPileUp() {
        let top = TopStatements(limit: 3)
        let now = ContinuousClock.now
        for round in 0..<100 {
            let rows = top.fold((0..<10).map { Self.row("\(round)/\($0)", Double($0)) }, at: now)
            #expect(rows.count <= 7)
        }
    }
}

extension [Double] {
    fileprivate static func >= (some: [Double], others: [Double]) -> Bool {
        some.count == others.count && zip(some, others).allSatisfy { $0 >= $1 }
    }
}
