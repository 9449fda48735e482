import Exposition
import Instruments

/// Puts what was decided into the metrics. A class, since a copy of it would retain each of them.
final class Recorder: Sendable {
    let pages: PageMetrics
    let messages: MessageMetrics

    init(pages: PageMetrics, messages: MessageMetrics) {
        self.pages = pages
        self.messages = messages
    }

    /// Observes a vital, in ms or without unit, for so many views.
    func observe(_ vital: Vital, _ value: Double, _ subject: Subject, weight: Int = 1) {
        let histogram = pages.vitals[vital.rawValue][subject.labels]
        histogram.observe(vital.isUnitless ? value : value / 1000, count: weight)
    }

    /// Observes the vitals of a view that settled.
    func observe(_ vitals: AgentVitals, _ subject: Subject, weight: Int) {
        for vital in Vital.allCases {
            guard let value = vitals[vital] else { continue }
            observe(vital, value, subject, weight: weight)
            messages.count(vital.label, .accepted)
        }
        if let outcome = vitals.outcome {
            pages.interactive[[subject.site, subject.page, subject.device.label, outcome.rawValue]]
                .increment(by: weight)
        }
        for (type, bytes) in vitals.weight {
            pages.weight[[subject.site, subject.page, type.rawValue]].observe(bytes, count: weight)
        }
        let formFactor = subject.device == .mobile ? LighthouseScore.FormFactor.mobile : .desktop
        if let score = LighthouseScore(vitals, formFactor) {
            let labels: [4 of String] = [subject.site, subject.page, formFactor.rawValue, score.basis.rawValue]
            pages.scores[labels].observe(score.value, count: weight)
        }
    }

    /// Adds what an agent's message counts since the one before.
    func add(_ message: AgentMessage, _ subject: Subject) {
        let (site, page) = (subject.site, subject.page)
        let weight = message.weight
        pages.sampleRate[[site]].set(message.sampleRate)
        func add(_ amount: Int, _ family: Family<Counter, 3>, _ values: [3 of String]) {
            let (product, overflow) = amount.multipliedReportingOverflow(by: weight)
            if amount > 0, !overflow { family[values].increment(by: product) }
        }
        func addSeconds(_ milliseconds: Int, _ family: Family<Counter, 3>) {
            guard milliseconds > 0, milliseconds <= Self.millisecondsMax else { return }
            family[subject.labels].increment(by: Double(milliseconds) / 1000 * Double(weight))
        }
        if message.sequence == 0 {
            pages.views[[site, page, subject.device.label, message.navigation.rawValue]].increment(by: weight)
            if message.isEntry { add(1, pages.visits, subject.labels) }
        }
        if message.isEnd { end(message, subject) }
        addSeconds(message.visibleMilliseconds, pages.visibleSeconds)
        for (kind, errorClass, count) in message.failures where count > 0 && count <= Self.countMax {
            pages.failures[[site, page, kind.rawValue, errorClass.rawValue]].increment(by: count * weight)
        }
        for (status, count) in message.answers { add(count, pages.answers, [site, page, status.rawValue]) }
        for (type, count) in message.files { add(count, pages.files, [site, page, type.rawValue]) }
        for (type, count) in message.bytes { add(count, pages.bytes, [site, page, type.rawValue]) }
        for (type, count) in message.transfer { add(count, pages.transfer, [site, page, type.rawValue]) }
        for (format, verdict, count) in message.images where count > 0 && count <= Self.countMax {
            pages.images[[site, page, format.rawValue, verdict.rawValue]].increment(by: count * weight)
        }
        for (format, count) in message.wastedBytes { add(count, pages.wastedBytes, [site, page, format.rawValue]) }
        add(message.longTasks, pages.longTasks, subject.labels)
        addSeconds(message.longTaskMilliseconds, pages.longTaskSeconds)
    }

    /// More than a page does between two messages.
    private static let countMax = 1_000_000
    /// A week: a page is not looked at longer between two messages.
    private static let millisecondsMax = 7 * 24 * 3_600_000

    /// The last message of a view says how long it was looked at, and of the first view of a visit how that went.
    private func end(_ message: AgentMessage, _ subject: Subject) {
        if let milliseconds = message.viewMilliseconds, (0...Double(Self.millisecondsMax)).contains(milliseconds) {
            pages.viewSeconds[subject.labels].observe(milliseconds / 1000, count: message.weight)
        }
        guard message.isEntry else { return }
        let basis = message.isGuessed ? "fallback" : "navigation"
        pages.visitsEnded[[subject.site, subject.page, subject.device.label, basis]].increment(by: message.weight)
        if message.isEngaged || message.isContinued {
            pages.visitsEngaged[subject.labels].increment(by: message.weight)
        } else {
            pages.bounces[subject.labels].increment(by: message.weight)
        }
    }

    /// Forgets the series of a page that nobody asks for.
    func forget(site: String, page: String) {
        let labels = ["site": site, "page": page]
        for family in pages.vitals { family.remove(where: labels) }
        for family in pages.byThreeLabels { family.remove(where: labels) }
        for family in pages.byFourLabels { family.remove(where: labels) }
        for family in [pages.viewSeconds, pages.weight] { family.remove(where: labels) }
        pages.scores.remove(where: labels)
    }
}

extension PageMetrics {
    /// Counters of a page with one more label.
    fileprivate var byThreeLabels: [Family<Counter, 3>] {
        [
            visits, visitsEngaged, bounces, visibleSeconds, answers, files, bytes, transfer, wastedBytes,
            longTasks, longTaskSeconds,
        ]
    }

    /// Counters of a page with two more labels.
    fileprivate var byFourLabels: [Family<Counter, 4>] { [views, visitsEnded, failures, images, interactive] }
}
