public import ExporterSDK
import Logging

/// http-probe-exporter: what it is called and what it is made of. Its executable runs this.
public let httpProbeExporter = Exporter(
    identity: ExporterIdentity(
        program: "http-probe-exporter",
        namespace: "http_probe",
        summary: "Probes websites and APIs from outside: on request as blackbox_exporter does, and continuously."
    ),
    port: 9115,
    flags: [ConfigurationStore.path] + ProbeService.flags + ProbeParts.flags + AddressPolicy.flags
        + ContinuousProbing.flags,
    collectors: [TargetsCollector.self],
    plots: [
        Plot("Continuous probes", .perSecond, .rate("http_probe_attempts_total"), by: "target", collector: "targets"),
        Plot("Failures", .perSecond, .rate("http_probe_failures_total"), by: "reason", collector: "targets"),
        Plot("Probes that run", .count, .value("http_probe_in_flight"), collector: "instruments"),
        Plot(
            "Requests for probes",
            .perSecond,
            .rate("http_probe_requests_total"),
            by: "outcome",
            collector: "instruments"
        ),
    ],
    environment: { flags throws(UsageError) in try ProbeParts(flags) },
    parts: { parts, setup throws(UsageError) in
        let service = try ProbeService(setup.flags, parts, logger: setup.logger)
        ContinuousProbing(setup.flags, parts.scheduler, setup.logger).follow(parts.store)
        return ExporterParts(routes: service.routes, reloadables: [parts.store], registry: parts.counters.registry)
    }
)
