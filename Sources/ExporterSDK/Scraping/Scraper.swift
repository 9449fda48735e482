import Exposition
import Logging
import Synchronization

/// Runs the collectors of a scrape and joins what they wrote into one exposition.
///
/// A collector that throws, hangs or writes nonsense costs its own samples and is said to have failed; everything else
/// is served, by the deadline at the latest.
final class Scraper: Sendable {
    private struct Output: Sendable {
        var writer: MetricWriter
        var report: CollectorReport
    }

    let collectors: [EnabledCollector]

    private let selfMetrics: SelfMetrics
    private let failures: FailureLog
    private let limits: MetricWriter.Limits
    private let guarded = StallGuard<String, Output>(name: "collector")
    /// Writers of earlier scrapes, whose memory is used again.
    private let spareWriters = Mutex<[MetricWriter]>([])
    private let spareOutput = Mutex<[UInt8]>([])
    private let lastReports = Mutex<[String: CollectorReport]>([:])

    init(collectors: [EnabledCollector], selfMetrics: SelfMetrics, limits: MetricWriter.Limits, logger: Logger) {
        self.collectors = collectors
        self.selfMetrics = selfMetrics
        self.limits = limits
        failures = FailureLog(logger: logger)
    }

    /// How each collector fared when it last ran.
    var reports: [String: CollectorReport] { lastReports.withLock { $0 } }

    /// Gives one exposition to `use`. Blocks until the collectors are done, or the deadline.
    func scrape<Result>(_ request: ScrapeRequest, context: ScrapeContext, _ use: ([UInt8]) -> Result) -> Result {
        let chosen = collectors.filter { request.selection.includes($0.name) }
        let start = ContinuousClock.now
        let outcomes = guarded.run(
            chosen.map { collector in
                StallGuard.Job(collector.name) { [self] in run(collector, request.format, context) }
            },
            deadline: context.deadline
        )
        var writers: [MetricWriter] = []
        var reports: [(collector: EnabledCollector, report: CollectorReport)] = []
        for (collector, outcome) in zip(chosen, outcomes) {
            let report: CollectorReport
            switch outcome {
            case .done(let output):
                report = output.report
                writers.append(output.writer)
            case .stalled:
                report = CollectorReport(state: .failed("no answer before the deadline"), duration: .now - start)
            case .skipped:
                report = CollectorReport(state: .failed("still busy with an earlier scrape"), duration: .zero)
            }
            reports.append((collector, report))
            failures.note(collector.name, report)
        }
        lastReports.withLock { last in for (collector, report) in reports { last[collector.name] = report } }
        return join(writers, reports, request.format, use)
    }

    private func run(_ collector: EnabledCollector, _ format: ExpositionFormat, _ context: ScrapeContext) -> Output {
        var writer = spareWriter(format)
        let start = ContinuousClock.now
        var state = CollectorReport.State.ok
        do throws(CollectorError) {
            try collector.collect(&writer, context)
        } catch {
            writer.removeAll()
            switch error {
            case .absent(let reason): state = .absent(reason)
            case .failed(let reason): state = .failed(reason)
            }
        }
        let report = CollectorReport(
            state: state,
            duration: .now - start,
            samples: writer.sampleCount,
            defects: writer.defects
        )
        return Output(writer: writer, report: report)
    }

    private func join<Result>(
        _ writers: [MetricWriter],
        _ reports: [(collector: EnabledCollector, report: CollectorReport)],
        _ format: ExpositionFormat,
        _ use: ([UInt8]) -> Result
    ) -> Result {
        var own = spareWriter(format)
        selfMetrics.write(reports, into: &own)
        // The buffer of the last scrape is taken and put back, so that its pages are not mapped anew each time.
        var bytes = spareOutput.withLock { spare in
            defer { spare = [] }
            return spare
        }
        selfMetrics.count(MetricWriter.join(writers + [own], into: &bytes))
        keep(writers + [own])
        let result = use(bytes)
        bytes.removeAll(keepingCapacity: true)
        spareOutput.withLock { $0 = bytes }
        return result
    }

    private func spareWriter(_ format: ExpositionFormat) -> MetricWriter {
        let spare = spareWriters.withLock { spares in
            spares.lastIndex { $0.format == format }.map { spares.remove(at: $0) }
        }
        return spare ?? MetricWriter(format: format, limits: limits)
    }

    private func keep(_ writers: [MetricWriter]) {
        var cleared = writers
        for index in cleared.indices { cleared[index].removeAll() }
        spareWriters.withLock { spares in
            spares.append(contentsOf: cleared)
            let surplus = spares.count - (collectors.count + 1)
            if surplus > 0 { spares.removeFirst(surplus) }
        }
    }
}
