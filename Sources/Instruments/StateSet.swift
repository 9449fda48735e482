public import Exposition
import Synchronization

/// Which of some states hold: a series for each, 1 or 0, told apart by a label that is named like the metric.
public final class StateSet: Instrument {
    public static var type: MetricType { .stateSet }

    /// The states that there are.
    public struct States: Sendable {
        /// More are refused.
        public static let countMax = 64

        let names: [String]
        /// The label of each, rendered.
        let labels: [[UInt8]]

        init(_ names: [String], family: String) {
            self.names = names
            labels = names.map { name in
                var bytes: [UInt8] = []
                LabelSet.append(family, .text(name), to: &bytes)
                return bytes
            }
        }

        var problem: String? {
            if names.isEmpty { return "no states: give at least one" }
            if names.count > Self.countMax { return "\(names.count) states: at most \(Self.countMax) are taken" }
            return Set(names).count < names.count ? "a state twice: give each once" : nil
        }
    }

    private let states: States
    private let bits = Atomic<UInt64>(0)
    private let rejections = Atomic<Int>(0)

    public init(_ states: States) { self.states = states }

    /// Makes this the only state that holds; one that was not declared is rejected.
    public func set(_ state: String) {
        guard let bit = bit(of: state) else { return }
        bits.store(bit, ordering: .relaxed)
    }

    /// Says of one state whether it holds; one that was not declared is rejected.
    public func set(_ state: String, to isOn: Bool) {
        guard let bit = bit(of: state) else { return }
        if isOn { bits.bitwiseOr(bit, ordering: .relaxed) } else { bits.bitwiseAnd(~bit, ordering: .relaxed) }
    }

    /// Whether a state holds.
    public func isOn(_ state: String) -> Bool {
        guard let index = states.names.firstIndex(of: state) else { return false }
        return bits.load(ordering: .relaxed) & 1 << UInt64(index) != 0
    }

    public var rejectedCount: Int { rejections.load(ordering: .relaxed) }

    public func write(_ place: borrowing Series, into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        let bits = bits.load(ordering: .relaxed)
        for index in states.names.indices {
            let labels = place.labels.appending(states.labels[index])
            writer.emit(place.family, labels, bits & 1 << UInt64(index) != 0 ? 1 : 0, isNew: true)
        }
    }

    private func bit(of state: String) -> UInt64? {
        guard let index = states.names.firstIndex(of: state) else {
            rejections.wrappingAdd(1, ordering: .relaxed)
            return nil
        }
        return 1 << UInt64(index)
    }
}
