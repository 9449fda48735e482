import ExporterSDK
import Instruments

/// What the collector says of its own work: how many requests and items came, and what became of them.
struct MessageMetrics: Sendable {
    /// What became of an item.
    enum Outcome: String, CaseIterable, Sendable {
        /// Counted.
        case accepted
        /// A newer value of one that waits.
        case updated
        /// Of a view that is no load: out of the back/forward cache, rendered before, or a soft navigation.
        case apart
    }

    private let requests: Family<Counter, 2>
    private let items: Family<Counter, 2>
    private let rejections: Family<Counter, 1>
    private let overflows: Family<Counter, 1>
    private let bots: Family<Counter, 1>

    init(_ registry: Registry) throws(RegistryError) {
        requests = try registry.counter(
            "beacon_requests_total",
            "Requests with beacons, by the form of what they held and whether they were taken.",
            labels: ["format", "outcome"]
        )
        items = try registry.counter(
            "beacon_items_total",
            "Vitals and other things that beacons told, by what became of them.",
            labels: ["metric", "outcome"]
        )
        rejections = try registry.counter(
            "beacon_rejected_total",
            "Requests and items that were not counted, by reason.",
            labels: ["reason"]
        )
        overflows = try registry.counter(
            "beacon_label_overflow_total",
            "How often something was counted as 'other', because there are as many values of a label as there may be.",
            labels: ["label"]
        )
        bots = try registry.counter(
            "beacon_bots_total",
            "Requests and views of programs that look at pages: they are not counted elsewhere.",
            labels: ["kind"]
        )
        // There from the beginning, so that the first of each is an increase.
        for reason in Rejection.allCases { _ = rejections[[reason.rawValue]] }
        for bot in Bot.allCases { _ = bots[[bot.rawValue]] }
        _ = overflows[["page"]]
    }

    func count(_ format: BeaconFormat, isTaken: Bool) {
        requests[[format.rawValue, isTaken ? "accepted" : "rejected"]].increment()
    }

    func count(_ metric: String, _ outcome: Outcome) { items[[metric, outcome.rawValue]].increment() }

    func count(_ reason: Rejection) { rejections[[reason.rawValue]].increment() }

    func count(_ bot: Bot) { bots[[bot.rawValue]].increment() }

    func countPageOverflow() { overflows[["page"]].increment() }
}
