import ExporterSDK
import Exposition

/// How long statements take, as a histogram, and what sessions wait for: from looking at `pg_stat_activity` several times
/// a second; see <https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW>.
///
/// The buckets from 0.1 seconds on are counted by looking. How many statements there were in all, and how long they took,
/// is told by `pg_stat_statements`; without it there is no histogram, only the counts of slow ones.
struct QueryDurationCollector: Collector {
    static let name: StaticString = "query_duration"
    static let help: StaticString = "Durations of statements as a histogram, and wait events, by sampling sessions."
    static let flags: [any FlagDeclaration] = [frequency]

    static let frequency = Flag(
        "collector.query_duration.frequency",
        default: 10,
        placeholder: "HERTZ",
        help: "How often a second sessions are looked at, 1 to 100."
    )

    let duration = Metric(
        .histogram,
        "pg_query_duration_seconds",
        "Durations of statements at top level, those from 0.1 s on as sampled from the sessions.",
        labels: ["datname"]
    )
    let slow = Metric(
        .counter,
        "pg_queries_slower_total",
        "Statements that took longer than the threshold in seconds, as sampled from the sessions.",
        labels: ["datname", "threshold"]
    )
    let waits = Metric(
        .counter,
        "pg_wait_seconds_total",
        "Seconds that statements spent waiting for an event, as sampled; type CPU is working, not waiting.",
        labels: ["wait_event_type", "wait_event"]
    )
    let samples = Metric(.counter, "pg_exporter_samples_total", "Times that sessions were looked at.")
    let failures = Metric(.counter, "pg_exporter_sample_failures_total", "Times that looking at sessions failed.")
    let seconds = Metric(
        .counter,
        "pg_exporter_sample_seconds_total",
        "Time in which the server was asked for its sessions: at most this is what looking costs it."
    )

    private let server: PostgresServer
    private let sampler: QuerySampler

    init(_ server: PostgresServer, _ flags: FlagValues) {
        self.server = server
        sampler = server.sampler(frequency: flags[Self.frequency])
    }

    func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let findings = sampler.findings()
        try server.batch(context).awaitServer()
        if findings.samples > 0, findings.samples == findings.failures, let error = findings.lastError {
            throw .failed(error)
        }
        if let absence = findings.absence { throw .absent(absence) }
        out.emit(samples, Double(findings.samples))
        out.emit(failures, Double(findings.failures))
        out.emit(seconds, findings.seconds)
        for (wait, value) in findings.durations.waits { out.emit(waits, value, [.text(wait.type), .text(wait.event)]) }
        let databases = Set(findings.durations.slow.keys).union(findings.counts.totals.keys)
        for database in databases {
            let counts = findings.durations.slow[database] ?? QueryDurations.bounds.map { _ in 0 }
            for (index, bound) in QueryDurations.bounds.enumerated() {
                let above = counts[index...].reduce(0, +)
                out.emit(slow, Double(above), [.text(database), .text(Self.text(bound))])
            }
            guard let total = findings.counts.totals[database] else { continue }
            let labels = LabelSet([("datname", .text(database))])
            out.emit(duration, Self.histogram(counts, total), labels)
        }
    }

    /// The buckets: all that was not seen to be slow was fast.
    static func histogram(_ slow: [UInt64], _ total: StatementCounts.Total) -> HistogramSnapshot {
        let slowCount = slow.reduce(0, +)
        let count = max(UInt64(total.calls), slowCount)
        var below = count - slowCount
        var cumulative = [below]
        // What is above a bound and not above the next is below the next.
        for index in 0..<(QueryDurations.bounds.count - 1) {
            below += slow[index]
            cumulative.append(below)
        }
        return HistogramSnapshot(
            bounds: QueryDurations.bounds,
            cumulativeCounts: cumulative,
            count: count,
            sum: total.seconds
        )
    }

    /// A bound without a needless `.0`.
    private static func text(_ bound: Double) -> String {
        bound == bound.rounded() ? String(Int(bound)) : String(bound)
    }
}
