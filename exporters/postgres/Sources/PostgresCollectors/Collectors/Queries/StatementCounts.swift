/// How many statements ended and how long all of them took, by database, since the sampling began.
///
/// `pg_stat_statements` forgets the statements that are used least when it is full, and their numbers with them, so what
/// counts is by how much its sums grow from look to look.
struct StatementCounts: Sendable {
    struct Total: Sendable, Equatable {
        var calls = 0.0
        var seconds = 0.0
    }

    private var last: [String: Total]?
    private(set) var totals: [String: Total] = [:]

    /// Takes the sums by database as they are now. The first look only says where counting begins.
    mutating func note(_ sums: [String: Total]) {
        defer { last = sums }
        guard let last else {
            for name in sums.keys { totals[name] = Total() }
            return
        }
        for (name, sum) in sums {
            let before = last[name] ?? Total()
            var growth = Total(calls: sum.calls - before.calls, seconds: sum.seconds - before.seconds)
            // Much less than before is a reset, a little less is forgetting.
            if sum.calls < before.calls / 2 { growth = sum }
            totals[name, default: Total()].calls += max(0, growth.calls)
            totals[name, default: Total()].seconds += max(0, growth.seconds)
        }
    }
}
