import Exposition
import Instruments
import Synchronization

/// What an exporter says of itself and of the scrape that is under way.
struct SelfMetrics: Sendable {
    let counters: ExporterCounters
    private let hasExporterMetrics: Bool
    private let process: ProcessMetrics?
    private let buildLabels: LabelSet

    private let buildInfo: Metric<0>
    private let duration: Metric<1>
    private let success: Metric<1>
    private let absent: Metric<1>
    private let series: Metric<1>
    private let handlerErrors = Metric(
        .counter,
        "promhttp_metric_handler_errors_total",
        "Total number of internal errors encountered by the promhttp metric handler.",
        labels: ["cause"]
    )
    private let requestsInFlight = Metric(
        .gauge,
        "promhttp_metric_handler_requests_in_flight",
        "Current number of scrapes being served."
    )
    private let requests = Metric(
        .counter,
        "promhttp_metric_handler_requests_total",
        "Total number of scrapes by HTTP status code.",
        labels: ["code"]
    )
    private let connections: Metric<0>
    private let refusals: Metric<1>
    private let joined: Metric<0>
    private let dropped: Metric<1>
    private let replaced: Metric<0>
    private let registry: Registry?
    private let rejectedUpdates: Metric<0>
    private let overflows: Metric<0>
    private let reloadSuccess: Metric<0>
    private let reloadTime: Metric<0>

    /// `hasExporterMetrics` is false under `--web.disable-exporter-metrics`.
    init(
        _ identity: ExporterIdentity,
        counters: ExporterCounters,
        registry: Registry? = nil,
        hasExporterMetrics: Bool
    ) {
        self.counters = counters
        self.registry = registry
        self.hasExporterMetrics = hasExporterMetrics
        process = hasExporterMetrics ? ProcessMetrics() : nil
        buildLabels = LabelSet([
            ("os", "linux"), ("arch", LabelValue(Self.architecture)), ("swiftversion", LabelValue(Self.swiftVersion)),
            ("version", LabelValue(ExporterIdentity.version)),
        ])
        let own = identity.metricName
        let scrape = "\(identity.namespace)_scrape_collector_"
        buildInfo = Self.metric(
            .gauge,
            "\(own)_build_info",
            "A metric with a constant '1' value labeled by what \(own) was built from."
        )
        duration = Self.metric(
            .gauge,
            scrape + "duration_seconds",
            "\(own): Duration of a collector scrape.",
            labels: ["collector"]
        )
        success = Self.metric(
            .gauge,
            scrape + "success",
            "\(own): Whether a collector succeeded.",
            labels: ["collector"]
        )
        absent = Self.metric(
            .gauge,
            scrape + "absent",
            "\(own): Whether a collector's source does not exist on this host.",
            labels: ["collector"]
        )
        series = Self.metric(
            .gauge,
            scrape + "series",
            "\(own): How many series a collector wrote.",
            labels: ["collector"]
        )
        connections = Self.metric(.gauge, "\(own)_http_connections", "Connections that are open.")
        refusals = Self.metric(
            .counter,
            "\(own)_http_refused_total",
            "Connections and requests refused, by reason.",
            labels: ["reason"]
        )
        joined = Self.metric(
            .counter,
            "\(own)_scrapes_joined_total",
            "Scrapes that shared the answer of an equal one under way."
        )
        dropped = Self.metric(
            .counter,
            "\(own)_samples_dropped_total",
            "Samples left out of an answer, by reason.",
            labels: ["reason"]
        )
        replaced = Self.metric(
            .counter,
            "\(own)_label_values_replaced_total",
            "Label values in which bytes that are not UTF-8 were replaced."
        )
        rejectedUpdates = Self.metric(
            .counter,
            "\(own)_instrument_updates_rejected_total",
            "Updates of instruments that made no sense and were left out: NaN, or less than nothing to a counter."
        )
        overflows = Self.metric(
            .counter,
            "\(own)_instrument_children_refused_total",
            "How often a series was counted as 'other', because its family has as many as it may."
        )
        reloadSuccess = Self.metric(
            .gauge,
            "\(own)_config_last_reload_successful",
            "Whether the configuration in force is the one in the files."
        )
        reloadTime = Self.metric(
            .gauge,
            "\(own)_config_last_reload_success_timestamp_seconds",
            "When the configuration was read last and was good, in seconds since 1970."
        )
    }

    /// Counts what was wrong in the samples of a scrape.
    func count(_ defects: MetricWriter.Defects) { counters.count(defects) }

    func write(_ reports: [(collector: EnabledCollector, report: CollectorReport)], into out: inout MetricWriter) {
        for (collector, report) in reports {
            counters.count(report.defects)
            out.emit(duration, report.duration.seconds, collector.labels)
            out.emit(success, report.isFailure ? 0 : 1, collector.labels)
            out.emit(absent, report.isAbsent ? 1 : 0, collector.labels)
            out.emit(series, Double(report.samples), collector.labels)
        }
        out.emit(buildInfo, 1, buildLabels)
        if let reload = counters.reloadStatus {
            out.emit(reloadSuccess, reload.isSuccessful ? 1 : 0)
            out.emit(reloadTime, reload.successTime)
        }
        guard hasExporterMetrics else { return }
        process?.write(into: &out)
        out.emit(handlerErrors, 0, ["encoding"])
        out.emit(handlerErrors, Double(droppedSamples), ["gathering"])
        out.emit(requestsInFlight, Double(counters.requestsInFlight.load(ordering: .relaxed)))
        for answer in counters.answersByStatus { out.emit(requests, Double(answer.count), [LabelValue(answer.status)]) }
        out.emit(connections, Double(counters.openConnections.load(ordering: .relaxed)))
        for refusal in counters.refusalCounts {
            out.emit(refusals, Double(refusal.count), [LabelValue(refusal.reason.rawValue)])
        }
        out.emit(joined, Double(counters.joinedScrapes.load(ordering: .relaxed)))
        for drop in counters.dropCounts { out.emit(dropped, Double(drop.count), [LabelValue(drop.reason.rawValue)]) }
        out.emit(replaced, Double(counters.replacedValues.load(ordering: .relaxed)))
        if let registry {
            out.emit(rejectedUpdates, Double(registry.rejected))
            out.emit(overflows, Double(registry.overflows))
        }
    }

    private var droppedSamples: Int { counters.dropCounts.reduce(0) { $0 + $1.count } }

    private static func metric(_ type: MetricType, _ name: String, _ help: String) -> Metric<0> {
        Metric(MetricFamily(type, name: name, help: help), labels: [])
    }

    private static func metric(
        _ type: MetricType,
        _ name: String,
        _ help: String,
        labels: [1 of StaticString]
    ) -> Metric<1> {
        Metric(MetricFamily(type, name: name, help: help), labels: labels)
    }

    private static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "arm64"
        #else
            "other"
        #endif
    }

    private static var swiftVersion: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
