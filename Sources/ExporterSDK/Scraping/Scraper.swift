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
        let format: ExpositionFormat

        init(_ format: ExpositionFormat, _ limits: MetricWriter.Limits) {
            writer = Mutex(MetricWriter(format: format, limits: limits))
            self.format = format
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
    private let guarded = StallGuard<String, Output>(name: "collector")
    /// Sheets of earlier scrapes, whose memory is used again.
    private let spareSheets = Mutex<[Sheet]>([])
    private let spareOutput = Mutex<[UInt8]>([])
    private let lastReports = Mutex<[String: CollectorReport]>([:])
    private let failuresByName = Mutex<[String: CollectorFailure]>([:])

    init(collectors: [EnabledCollector], selfMetrics: SelfMetrics, limits: MetricWriter.Limits, logger: Logger) {
        self.collectors = collectors
        self.selfMetrics = selfMetrics
        self.limits = limits
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
        _ use: @escaping @Sendable ([UInt8]) -> Void
    ) -> RunTime {
        let chosen = collectors.filter { request.selection.includes($0.name) }
        let start = ContinuousClock.now
        let jobs = chosen.map { collector in
            StallGuard.Job(collector.name) { [self] in run(collector, request.format, context) }
        }
        return guarded.run(jobs, deadline: context.deadline, timer: timer) { [self] outcomes in
            gather(chosen, outcomes, since: start, request.format, use)
        }
    }

    private func gather(
        _ chosen: [EnabledCollector],
        _ outcomes: [StallGuard<String, Output>.Outcome],
        since start: ContinuousClock.Instant,
        _ format: ExpositionFormat,
        _ use: ([UInt8]) -> Void
    ) {
        var sheets: [Sheet] = []
        var reports: [(collector: EnabledCollector, report: CollectorReport)] = []
        for (collector, outcome) in zip(chosen, outcomes) {
            let report: CollectorReport
            switch outcome {
            case .done(let output):
                report = output.report
                sheets.append(output.sheet)
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
        join(sheets, reports, format, use)
    }

    private func run(_ collector: EnabledCollector, _ format: ExpositionFormat, _ context: ScrapeContext) -> Output {
        let sheet = spareSheet(format)
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
        _ sheets: [Sheet],
        _ reports: [(collector: EnabledCollector, report: CollectorReport)],
        _ format: ExpositionFormat,
        _ use: ([UInt8]) -> Void
    ) {
        let own = spareSheet(format)
        own.writer.withLock { selfMetrics.write(reports, into: &$0) }
        // The buffer of the last scrape is taken and put back, so that its pages are not mapped anew each time.
        var bytes = spareOutput.withLock { spare in
            defer { spare = [] }
            return spare
        }
        let all = sheets + [own]
        selfMetrics.count(MetricWriter.join(all.map { $0.writer.withLock { $0 } }, into: &bytes))
        keep(all)
        use(bytes)
        bytes.removeAll(keepingCapacity: true)
        spareOutput.withLock { $0 = bytes }
    }

    private func spareSheet(_ format: ExpositionFormat) -> Sheet {
        let spare = spareSheets.withLock { spares in
            spares.lastIndex { $0.format == format }.map { spares.remove(at: $0) }
        }
        return spare ?? Sheet(format, limits)
    }

    private func keep(_ sheets: [Sheet]) {
        for sheet in sheets { sheet.writer.withLock { $0.removeAll() } }
        spareSheets.withLock { spares in
            spares.append(contentsOf: sheets)
            let surplus = spares.count - (collectors.count + 1)
            if surplus > 0 { spares.removeFirst(surplus) }
        }
    }
}
