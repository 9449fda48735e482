import ExporterSDK
import Exposition

/// A target of probes: its server, with collectors of its own, kept from probe to probe as long as somebody asks.
final class ProbedServer: Sendable {
    private struct Output: Sendable {
        var writer: MetricWriter
        var error: CollectorError?
        var duration: Duration
    }

    private let server: PostgresServer
    private let collectors: [(name: String, collector: any Collector<PostgresServer>)]
    private let constantLabels: LabelSet
    private let stallGuard = StallGuard<String, Output>(name: "probe")

    private let success = Metric(.gauge, "probe_success", "Whether the target answered.")
    private let duration = Metric(.gauge, "probe_duration_seconds", "How long the probe took.")
    private let collectorSuccess = Metric(
        .gauge,
        "pg_scrape_collector_success",
        "postgres_exporter: Whether a collector succeeded.",
        labels: ["collector"]
    )
    private let collectorDuration = Metric(
        .gauge,
        "pg_scrape_collector_duration_seconds",
        "postgres_exporter: Duration of a collector scrape.",
        labels: ["collector"]
    )

    /// A target with the collectors that the exporter's own server has, but for the one that looks at sessions all the
    /// time: that is not for a server which is asked now and then.
    init(_ settings: ConnectionSettings, like template: PostgresServer) throws(UsageError) {
        server = PostgresServer(template.flags, settings)
        var collectors: [(name: String, collector: any Collector<PostgresServer>)] = []
        for type in template.collectorTypes {
            collectors.append(("\(type.name)", try type.init(server, template.flags)))
        }
        self.collectors = collectors
        constantLabels = try ConstantLabels(template.flags[PeerFlags.labels]).rendered
    }

    /// Runs the collectors, those of `names` where that is not empty, and writes what they found. Blocks.
    func probe(_ names: Set<String>, until deadline: ContinuousClock.Instant, _ form: ExpositionForm) -> [MetricWriter]
    {
        let start = ContinuousClock.now
        let chosen = collectors.filter { names.isEmpty || names.contains($0.name) || $0.name == "server" }
        let context = ScrapeContext(deadline: deadline).running(Set(chosen.map(\.name)))
        let jobs = chosen.map { name, collector in
            StallGuard<String, Output>.Job(name) { [constantLabels] in
                Self.run(collector, context, MetricWriter(form: form, constantLabels: constantLabels))
            }
        }
        var writers: [MetricWriter] = []
        var own = MetricWriter(form: form)
        for (name, outcome) in zip(chosen.map(\.name), stallGuard.run(jobs, deadline: deadline)) {
            guard case .done(let output) = outcome else {
                own.emit(collectorSuccess, 0, [.text(name)])
                continue
            }
            writers.append(output.writer)
            let isFailure = if case .failed? = output.error { true } else { false }
            own.emit(collectorSuccess, isFailure ? 0 : 1, [.text(name)])
            own.emit(collectorDuration, output.duration / .seconds(1), [.text(name)])
        }
        own.emit(success, server.batch(context).summary().facts == nil ? 0 : 1)
        own.emit(duration, (.now - start) / .seconds(1))
        return writers + [own]
    }

    private static func run(
        _ collector: any Collector<PostgresServer>,
        _ context: ScrapeContext,
        _ writer: MetricWriter
    ) -> Output {
        let start = ContinuousClock.now
        var writer = writer
        var failure: CollectorError?
        do throws(CollectorError) {
            try collector.collect(into: &writer, context: context)
        } catch {
            writer.removeAll()
            failure = error
        }
        return Output(writer: writer, error: failure, duration: .now - start)
    }
}
