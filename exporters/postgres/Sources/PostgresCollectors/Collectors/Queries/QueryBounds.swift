import ExporterSDK
import Exposition
import Synchronization

/// At most how many statements were slow. Reads `pg_stat_statements`; see
/// <https://www.postgresql.org/docs/current/pgstatstatements.html>.
struct QueryBoundsCollector: PostgresCollector {
    static let name: StaticString = "query_bounds"
    static let help: StaticString = "Upper bounds of the share of slow statements, from pg_stat_statements."
    static let cadence = Cadence.slow(.seconds(60))

    let bound = Metric(
        .gauge,
        "pg_query_slow_share_upper_bound",
        "At most this part of the statements of the last interval took longer than the threshold in seconds; never less.",
        labels: ["threshold"]
    )
    private static let thresholds: [(label: String, milliseconds: Double)] = [
        ("0.025", 25), ("0.05", 50), ("0.1", 100), ("0.25", 250),
    ]

    let source: Source
    private let memory = Memory()

    private final class Memory: Sendable {
        let share = Mutex<(share: SlowShare, time: Double)>((SlowShare(), 0))
    }

    init(source: Source, _ flags: FlagValues) { self.source = source }

    static func queries(_ flags: FlagValues) -> [Query] {
        StatementTimes.queries(
            by: [.value("key", "concat(s.userid, '/', s.dbid, '/', s.queryid)")],
            [
                .value("calls", "sum(s.calls)", needs: ["calls"]),
                .value("total", "sum(s.total_exec_time)", needs: ["total_exec_time"]),
                .value(
                    "squares",
                    "sum(s.calls * (s.mean_exec_time * s.mean_exec_time + s.stddev_exec_time * s.stddev_exec_time))",
                    needs: ["mean_exec_time", "stddev_exec_time"]
                ),
            ]
        )
    }

    var furtherMetrics: [any MetricDeclaration] { [bound] }

    func write(_ answers: [Answer], into out: inout MetricWriter) throws(CollectorError) {
        guard let answer = answers.first else { return }
        let time = source.server.slow.successTime(of: source.name) ?? 0
        // Answers that stand for several scrapes are looked at once.
        if memory.share.withLock({ $0.time }) != time || time == 0 {
            let moments = try Self.moments(answer)
            memory.share.withLock { memory in
                memory.share.note(moments)
                memory.time = time
            }
        }
        let share = memory.share.withLock { $0.share }
        for (label, threshold) in Self.thresholds {
            if let value = share.bound(threshold) { out.emit(bound, value, [.text(label)]) }
        }
    }

    private static func moments(_ answer: Answer) throws(CollectorError) -> [String: SlowShare.Moments] {
        var moments: [String: SlowShare.Moments] = [:]
        for row in 0..<answer.rows.count {
            guard let key = answer[row, "key"], let count = try answer.number("calls", row: row),
                let sum = try answer.number("total", row: row), let squares = try answer.number("squares", row: row)
            else { continue }
            moments[key.text] = SlowShare.Moments(count: count, sum: sum, squares: squares)
        }
        return moments
    }
}
