import ExporterSDK
import Instruments

/// What is counted of `/probe` and of the engine.
struct ProbeCounters: Sendable {
    enum Outcome: String, Sendable, CaseIterable {
        case success
        case failure
        /// The policy does not let the target in.
        case refused
        /// The request makes no sense.
        case invalid
        /// Too many at once.
        case overload
        /// Whoever asked left before the end.
        case canceled
    }

    let registry: Registry
    private let requests: [Outcome: Counter]
    let unknownModules: Counter
    let missed: Counter
    let lateness: Histogram

    init(_ gate: ProbeGate) throws(UsageError) {
        let registry = Registry()
        do throws(RegistryError) {
            let family = try registry.counter(
                "http_probe_requests_total",
                "Requests for a probe, by what became of them.",
                labels: ["outcome"]
            )
            var requests: [Outcome: Counter] = [:]
            for outcome in Outcome.allCases { requests[outcome] = family[[outcome.rawValue]] }
            self.requests = requests
            unknownModules = try registry.counter(
                "http_probe_module_unknown_total",
                "Requests for a probe by a module that is not configured."
            )
            missed = try registry.counter(
                "http_probe_missed_total",
                "Turns of continuous targets that were left out, as the probe before had not ended."
            )
            lateness = try registry.histogram(
                "http_probe_lateness_seconds",
                "How much later than planned continuous probes began.",
                buckets: HistogramBuckets([0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
            )
            try registry.gauge("http_probe_in_flight", "Probes that run now.") { Double(gate.running) }
            try registry.gauge("http_probe_queued", "Probes that wait for a place.") { Double(gate.queued) }
            try registry.gauge("http_probe_concurrency_limit", "Probes that may run at once.") { Double(gate.limit) }
        } catch {
            throw UsageError("\(error)")
        }
        self.registry = registry
    }

    func count(_ outcome: Outcome) { requests[outcome]?.increment() }
}
