public import ExporterSDK
public import Exposition

/// What continuous probes found, by target.
public struct TargetsCollector: Collector {
    public static let name: StaticString = "targets"
    public static let help: StaticString =
        "What continuous probes found: durations, failures, certificates, objectives."

    private let targets = Metric(.gauge, "http_probe_targets", "Targets that are probed continuously.")
    private let duration = Metric(
        .histogram,
        "http_probe_duration_seconds",
        "Duration of probes by phase; of those that failed, too.",
        labels: ["target", "module", "phase"]
    )
    private let attempts = Metric(
        .counter,
        "http_probe_attempts_total",
        "Probes that were run.",
        labels: ["target", "module"]
    )
    private let successes = Metric(
        .counter,
        "http_probe_successes_total",
        "Probes that succeeded.",
        labels: ["target", "module"]
    )
    private let good = Metric(
        .counter,
        "http_probe_good_total",
        "Probes that succeeded within http_probe_good_threshold_seconds.",
        labels: ["target", "module"]
    )
    private let threshold = Metric(
        .gauge,
        "http_probe_good_threshold_seconds",
        "Within which time a probe has to succeed to be good.",
        labels: ["target", "module"]
    )
    private let failures = Metric(
        .counter,
        "http_probe_failures_total",
        "Probes that failed, by reason.",
        labels: ["target", "module", "reason"]
    )
    private let responses = Metric(
        .counter,
        "http_probe_responses_total",
        "Final responses by class of status.",
        labels: ["target", "module", "code"]
    )
    private let isUp = Metric(
        .gauge,
        "http_probe_up",
        "Whether the last probe succeeded.",
        labels: ["target", "module"]
    )
    private let status = Metric(
        .gauge,
        "http_probe_status_code",
        "Status of the last response; 0 is none.",
        labels: ["target", "module"]
    )
    private let lastSuccess = Metric(
        .gauge,
        "http_probe_last_success_timestamp_seconds",
        "When a probe succeeded last.",
        labels: ["target", "module"]
    )
    private let expiry = Metric(
        .gauge,
        "http_probe_certificate_expiry_timestamp_seconds",
        "When the first of the certificates expires that the server sent last, trusted or not.",
        labels: ["target", "module"]
    )
    private let isValid = Metric(
        .gauge,
        "http_probe_certificate_valid",
        "Whether the last certificate was trusted, in date and for this name.",
        labels: ["target", "module"]
    )
    private let scheduler: Scheduler

    /// A collector of what a scheduler's targets know.
    public init(_ parts: ProbeParts, _ flags: FlagValues) { scheduler = parts.scheduler }

    /// Writes family by family, so that none is in pieces.
    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let all = scheduler.targets
        out.emit(targets, Double(all.count))
        let states = all.map(\.ledger.current)
        for target in all {
            target.forEachHistogram { out.emit(duration.family, $0, $1, isNew: true) }
        }
        func write<let count: Int>(_ metric: Metric<count>, _ value: (ContinuousTarget, TargetLedger.State) -> Double?)
        {
            for (target, state) in zip(all, states) {
                if let value = value(target, state) { out.emit(metric.family, target.labels, value, isNew: true) }
            }
        }
        write(attempts) { Double($1.attempts) }
        write(successes) { Double($1.successes) }
        write(good) { Double($1.good) }
        write(threshold) { target, _ in target.configuration.objective / .seconds(1) }
        write(isUp) { $1.isUp.map { $0 ? 1 : 0 } }
        write(status) { $1.isUp == nil ? nil : Double($1.status) }
        write(lastSuccess) { $1.lastSuccess }
        write(expiry) { $1.certificateExpiry.map { Double($0) } }
        write(isValid) { $1.isCertificateValid.map { $0 ? 1 : 0 } }
        for (target, state) in zip(all, states) {
            for (reason, count) in state.failures.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let labels = target.labels.appending(Array("reason=\"\(reason.rawValue)\"".utf8))
                out.emit(failures.family, labels, Double(count), isNew: true)
            }
        }
        for (target, state) in zip(all, states) {
            for (index, count) in state.responses.enumerated() where count > 0 {
                let labels = target.labels.appending(Array("code=\"\(index + 1)xx\"".utf8))
                out.emit(responses.family, labels, Double(count), isNew: true)
            }
        }
    }
}
