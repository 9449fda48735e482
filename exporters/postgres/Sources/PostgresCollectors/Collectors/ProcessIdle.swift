import ExporterSDK
import Exposition

/// How long idle sessions have been idle. Reads `pg_stat_activity`.
struct ProcessIdleCollector: PlainCollector {
    static let name: StaticString = "process_idle"
    static let help: StaticString = "How long idle sessions have been idle, as a histogram by program."
    static let isEnabledByDefault = false

    let source: Source
    private let idle = Metric(
        .histogram,
        "pg_process_idle_seconds",
        "Idle time of server processes",
        labels: ["state", "application_name"]
    )
    private static let bounds: [Double] = [1, 2, 5, 15, 30, 60, 90, 120, 300]

    init(source: Source) { self.source = source }

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_stat_activity",
                from: "$relation WHERE state LIKE 'idle%' AND pid <> pg_backend_pid()",
                [
                    .label("state"), .label("application_name"),
                    .value("seconds", "greatest(extract(epoch FROM clock_timestamp() - state_change), 0)"),
                ]
            )
        ]
    }

    var furtherMetrics: [any MetricDeclaration] { [idle] }

    func write(_ answers: [Answer], into out: inout MetricWriter) throws(CollectorError) {
        guard let answer = answers.first, let place = answer.plan.place(of: "seconds") else { return }
        var groups: [LabelSet: [Double]] = [:]
        for row in 0..<answer.rows.count {
            guard let seconds = try answer.rows.number(row, place) else { continue }
            groups[answer.labels(row), default: []].append(seconds)
        }
        for (labels, values) in groups {
            out.emit(idle, Self.histogram(of: values), labels)
        }
    }

    static func histogram(of values: [Double]) -> HistogramSnapshot {
        HistogramSnapshot(
            bounds: bounds,
            cumulativeCounts: bounds.map { bound in UInt64(values.count { $0 <= bound }) },
            count: UInt64(values.count),
            sum: values.reduce(0, +)
        )
    }
}
