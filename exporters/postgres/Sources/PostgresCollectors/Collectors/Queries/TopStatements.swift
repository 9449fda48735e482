import ExporterSDK
import Exposition
import Synchronization

/// Chooses the statements that have series of their own, and adds up what all others do.
///
/// The sum of the others only grows: it is made of what each of them did since the time before, and what a statement did
/// until it got series of its own stays in it. So no counter goes back when a statement changes sides.
final class TopStatements: Sendable {
    /// What is written of a statement, or of all others together.
    struct Row: Sendable {
        let labels: LabelSet
        var values: [Double]
    }

    private struct State {
        /// When each statement that has series of its own was last among the dearest.
        var chosen: [LabelSet: ContinuousClock.Instant] = [:]
        /// What the other statements had the time before.
        var others: [LabelSet: [Double]] = [:]
        var sum: [Double] = []
        /// When the answers came that were looked at last, and what came of them.
        var time = 0.0
        var rows: [Row] = []
    }

    /// How long a statement keeps its series after it was last among the dearest.
    private static let keptFor = Duration.seconds(3600)
    private static let other = LabelSet(
        ["user", "datname", "queryid"],
        [.text("other"), .text("other"), .text("other")] as [LabelValue]
    )

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// The rows of answers that came at this time, if they were looked at already.
    func rows(ofTime time: Double) -> [Row]? {
        state.withLock { state in state.time == time && time > 0 ? state.rows : nil }
    }

    /// The rows to write, from all rows that there are; each has the value that it is ranked by first.
    func fold(_ rows: [Row], at now: ContinuousClock.Instant, time: Double = 0) -> [Row] {
        state.withLock { state in
            let ranked = rows.sorted { ($0.values.first ?? 0) > ($1.values.first ?? 0) }
            choose(ranked, at: now, &state)
            var own: [Row] = []
            var others: [LabelSet: [Double]] = [:]
            for row in ranked {
                if state.chosen[row.labels] != nil {
                    own.append(row)
                } else {
                    add(row.values, since: state.others[row.labels], to: &state.sum)
                    others[row.labels] = row.values
                }
            }
            state.others = others
            state.time = time
            state.rows = state.sum.isEmpty ? own : own + [Row(labels: Self.other, values: state.sum)]
            return state.rows
        }
    }

    private func choose(_ ranked: [Row], at now: ContinuousClock.Instant, _ state: inout State) {
        for row in ranked.prefix(limit) { state.chosen[row.labels] = now }
        let present = Set(ranked.map(\.labels))
        state.chosen = state.chosen.filter { now - $0.value < Self.keptFor && present.contains($0.key) }
        // Where they change all the time: at most twice as many, the latest.
        guard state.chosen.count > limit * 2 else { return }
        let latest = state.chosen.sorted { $0.value > $1.value }.prefix(limit * 2)
        state.chosen = Dictionary(uniqueKeysWithValues: latest.map { ($0.key, $0.value) })
    }

    /// A value that is less than before began at 0 again.
    private func add(_ values: [Double], since before: [Double]?, to sum: inout [Double]) {
        if sum.isEmpty { sum = Array(repeating: 0, count: values.count) }
        for index in values.indices {
            let last = before?[index] ?? 0
            sum[index] += values[index] >= last ? values[index] - last : values[index]
        }
    }
}
