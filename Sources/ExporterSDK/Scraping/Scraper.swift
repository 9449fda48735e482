import Exposition
import Logging
import NIOCore
import Synchronization

/// Runs the collectors of a scrape and joins what they wrote into one exposition.
///
/// A collector that throws, hangs or writes nonsense costs its own samples and is said to have failed; everything else
/// is served, by the deadline at the latest.
final class Scraper: Sendable {
    /// What a collector wrote, handed from hand to hand without copying the buffers.
    private final class Sheet: Sendable {
        let writer: Mutex<MetricWriter>
        let form: ExpositionForm

        init(_ writer: MetricWriter) {
            form = writer.form
            self.writer = Mutex(writer)
        }
    }

    private struct Output: Sendable {
        var sheet: Sheet
        var report: CollectorReport
    }

    let collectors: [EnabledCollector]

    private let selfMetrics: SelfMetrics
    private let failures: FailureLog
    private let limits: MetricWriter.Limits
    private let writesCreatedSeries: Bool
    private let constantLabels: LabelSet
    private let guarded = StallGuard<String, Output>(name: "collector")
    /// Each collector's sheet of an earlier scrape, whose memory is used again: it is as large as that collector needs.
    private let spareSheets = Mutex<[String: Sheet]>([:])
    private let lastReports = Mutex<[String: CollectorReport]>([:])
    private let failuresByName = Mutex<[String: CollectorFailure]>([:])

    init(
        collectors: [EnabledCollector],
        selfMetrics: SelfMetrics,
        limits: MetricWriter.Limits,
        writesCreatedSeries: Bool = false,
        constantLabels: LabelSet = .none,
        logger: Logger
    ) {
        self.collectors = collectors
        self.selfMetrics = selfMetrics
        self.limits = limits
        self.writesCreatedSeries = writesCreatedSeries
        self.constantLabels = constantLabels
        failures = FailureLog(logger: logger)
    }

    /// How each collector fared when it last ran.
    var reports: [String: CollectorReport] { lastReports.withLock { $0 } }

    /// Why each collector that ever failed did so last.
    var lastFailures: [String: CollectorFailure] { failuresByName.withLock { $0 } }

    /// Gives one exposition to `use`, on a thread that may block, when the collectors are done, or at the deadline.
    func scrape(
        _ request: ScrapeRequest,
        context: ScrapeContext,
        timer: any EventLoop,
        _ use: @escaping @Sendable (JoinedExposition) -> Void
    ) -> RunTime {
        let chosen = collectors.filter { request.selection.includes($0.name) }
        let context = context.running(Set(chosen.map(\.name)))
        let start = ContinuousClock.now
        let jobs = chosen.map { collector in
            StallGuard.Job(collector.name) { [self] in run(collector, request.form, context) }
        }
        return guarded.run(jobs, deadline: context.deadline, timer: timer) { [self] outcomes in
            gather(chosen, outcomes, since: start, request.form, use)
        }
    }

    private func gather(
        _ chosen: [EnabledCollector],
        _ outcomes: [StallGuard<String, Output>.Outcome],
        since start: ContinuousClock.Instant,
        _ form: ExpositionForm,
        _ use: (JoinedExposition) -> Void
    ) {
        var sheets: [(name: String, sheet: Sheet)] = []
        var reports: [(collector: EnabledCollector, report: CollectorReport)] = []
        for (collector, outcome) in zip(chosen, outcomes) {
            let report: CollectorReport
            switch outcome {
            case .done(let output):
                report = output.report
                sheets.append((collector.name, output.sheet))
            case .stalled:
                report = CollectorReport(state: .failed("no answer before the deadline"), duration: .now - start)
            case .skipped:
                report = CollectorReport(state: .failed("still busy with an earlier scrape"), duration: .zero)
            }
            reports.append((collector, report))
            failures.note(collector.name, report)
            if case .failed(let reason) = report.state {
                failuresByName.withLock { $0[collector.name] = CollectorFailure(reason: reason, time: Timestamp.now) }
            }
        }
        lastReports.withLock { last in for (collector, report) in reports { last[collector.name] = report } }
        join(sheets, reports, form, use)
    }

    private func run(_ collector: EnabledCollector, _ form: ExpositionForm, _ context: ScrapeContext) -> Output {
        let sheet = spareSheet(of: collector.name, form)
        let report = sheet.writer.withLock { run(collector, context, &$0) }
        return Output(sheet: sheet, report: report)
    }

    private func run(
        _ collector: EnabledCollector,
        _ context: ScrapeContext,
        _ writer: inout MetricWriter
    ) -> CollectorReport {
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
        return CollectorReport(
            state: state,
            duration: .now - start,
            samples: writer.sampleCount,
            defects: writer.defects
        )
    }

    private func join(
        _ sheets: [(name: String, sheet: Sheet)],
        _ reports: [(collector: EnabledCollector, report: CollectorReport)],
        _ form: ExpositionForm,
        _ use: (JoinedExposition) -> Void
    ) {
        let own = spareSheet(of: Self.ownName, form)
        own.writer.withLock { selfMetrics.write(reports, into: &$0) }
        let all = sheets + [(Self.ownName, own)]
        do {
            let exposition = JoinedExposition(all.map { $0.sheet.writer.withLock { $0 } })
            selfMetrics.count(exposition.defects)
            use(exposition)
        }
        // Nothing refers to their buffers any more.
        for (name, sheet) in all { keep(sheet, of: name) }
    }

    /// The name of what the exporter tells of itself, which no collector has.
    private static let ownName = ""

    private func spareSheet(of name: String, _ form: ExpositionForm) -> Sheet {
        let spare = spareSheets.withLock { $0.removeValue(forKey: name) }
        if let spare, spare.form == form { return spare }
        return Sheet(
            MetricWriter(
                form: form,
                limits: limits,
                writesCreatedSeries: writesCreatedSeries,
                // Of what is collected; what the exporter tells of itself is the same for all.
                constantLabels: name == Self.ownName ? .none : constantLabels
            )
        )
    }

    private func keep(_ sheet: Sheet, of name: String) {
        sheet.writer.withLock { $0.removeAll() }
        spareSheets.withLock { $0[name] = sheet }
    }
}
