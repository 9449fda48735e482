import Exposition
import Synchronization

/// Instruments of one name whose labels differ in their names too, for interfaces that let a program do so.
///
/// A child is known by its labels in any order; of a label that is given twice, the last counts.
package final class MixedFamily<Child: Instrument>: Sendable {
    private struct State {
        var children: [[UInt8]: Child] = [:]
        var order: [[UInt8]] = []
        var overflowCount = 0
        var rejectedBefore = 0
    }

    private let family: MetricFamily
    private let constant: LabelSet
    private let options: Child.Options
    private let childrenMax: Int
    private let state = Mutex(State())

    init(_ family: MetricFamily, constant: LabelSet, _ options: Child.Options, childrenMax: Int) {
        self.family = family
        self.constant = constant
        self.options = options
        self.childrenMax = max(1, childrenMax)
    }

    /// The child with these labels, made now if there is none; beyond the limit one whose only label is `overflow`.
    package func child(_ labels: [(name: String, value: String)]) -> Child {
        let key = Self.rendered(labels)
        return state.withLock { state in
            if let child = state.children[key] { return child }
            guard state.children.count < childrenMax else {
                state.overflowCount += 1
                return make(Self.overflow, &state)
            }
            return make(key, &state)
        }
    }

    /// Removes the child with these labels, if there is one.
    package func remove(_ labels: [(name: String, value: String)]) {
        let key = Self.rendered(labels)
        state.withLock { state in
            guard let child = state.children.removeValue(forKey: key) else { return }
            state.order.removeAll { $0 == key }
            state.rejectedBefore += child.rejectedCount
        }
    }

    private func make(_ key: [UInt8], _ state: inout State) -> Child {
        if let child = state.children[key] { return child }
        let child = Child(options)
        state.children[key] = child
        state.order.append(key)
        return child
    }

    private static var overflow: [UInt8] { rendered([("overflow", "true")]) }

    private static func rendered(_ labels: [(name: String, value: String)]) -> [UInt8] {
        var values: [String: String] = [:]
        for label in labels { values[label.name] = label.value }
        var bytes: [UInt8] = []
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { LabelSet.append(name, .text(value), to: &bytes) }
        return bytes
    }
}

extension MixedFamily: Member {
    var constantLabels: [UInt8] { constant.bytes }

    func write(into writer: inout MetricWriter, _ scratch: inout HistogramSnapshot) {
        let (order, children) = state.withLock { ($0.order, $0.children) }
        for key in order {
            guard let child = children[key] else { continue }
            let labels = key.isEmpty ? constant : constant.appending(key)
            labels.withRendered { child.write(Series(family: family, labels: $0), into: &writer, &scratch) }
        }
    }

    var rejectedCount: Int {
        state.withLock { state in state.children.values.reduce(state.rejectedBefore) { $0 + $1.rejectedCount } }
    }

    var overflowCount: Int { state.withLock { $0.overflowCount } }
}

extension Registry {
    /// Instruments by labels whose names are not known before they are used.
    package func mixed<Child: Instrument>(
        _ name: String,
        _ help: String,
        _ options: Child.Options,
        childrenMax: Int = Registry.childrenMaxByDefault
    ) throws(RegistryError) -> MixedFamily<Child> {
        let declaration = try declare(Child.type, name, help, labels: [], unit: nil)
        return try store.add(declaration.family, []) {
            MixedFamily($0, constant: constantLabels, options, childrenMax: childrenMax)
        }
    }
}
