import Exposition
import Instruments
import Synchronization

/// A target that is probed continuously.
final class ContinuousTarget: Sendable {
    let configuration: TargetConfiguration
    let plan: ProbePlan
    let url: TargetURL
    /// Rendered once: target, module, and the target's own.
    let labels: LabelSet
    /// The same, with each phase behind them.
    let phaseLabels: [LabelSet]
    let intervalNanoseconds: UInt64
    /// What is known of it; goes on where the configuration is read anew.
    let ledger: TargetLedger

    init(_ configuration: TargetConfiguration, _ plan: ProbePlan, _ url: TargetURL) {
        self.configuration = configuration
        self.plan = plan
        self.url = url
        var bytes: [UInt8] = []
        LabelSet.append("target", .text(configuration.name ?? url.publicText), to: &bytes)
        LabelSet.append("module", .text(configuration.module), to: &bytes)
        for (name, value) in configuration.labels.sorted(by: { $0.key < $1.key }) {
            LabelSet.append(name, .text(value), to: &bytes)
        }
        let labels = LabelSet(rendered: bytes, hasPlainNames: true)
        self.labels = labels
        phaseLabels = TargetLedger.Phase.allCases.map { labels.appending(Array("phase=\"\($0.rawValue)\"".utf8)) }
        intervalNanoseconds = UInt64(0).adding(configuration.interval)
        ledger = TargetLedger()
    }

    /// The same with the counts of another one.
    init(_ new: ContinuousTarget, countingOn old: ContinuousTarget) {
        configuration = new.configuration
        plan = new.plan
        url = new.url
        labels = new.labels
        phaseLabels = new.phaseLabels
        intervalNanoseconds = new.intervalNanoseconds
        ledger = old.ledger
    }

    /// Counts a probe that has ended, at a time in seconds since 1970.
    func record(_ result: ProbeResult, at time: Double) {
        ledger.record(result, objective: configuration.objective / .seconds(1), isTLS: url.isTLS, at: time)
    }

    /// The histograms that hold something, with their labels.
    func forEachHistogram(_ body: (LabelSet, HistogramSnapshot) -> Void) {
        for (labels, histogram) in zip(phaseLabels, ledger.histograms) {
            let snapshot = histogram.snapshot
            if snapshot.count > 0 { body(labels, snapshot) }
        }
    }
}
