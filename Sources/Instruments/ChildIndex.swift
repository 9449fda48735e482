import Exposition
import Synchronization

/// The children of a family by the values of their labels: found in constant time, whatever their number.
///
/// Not generic, so that a look-up is a call into code that is compiled once, and free of what generic code costs. The
/// values are not kept beside the rendered labels: what is looked up is compared with what is rendered.
@usableFromInline
final class ChildIndex: Sendable {
    /// A child, where its rendered labels are, and their hash.
    struct Entry: Sendable {
        let child: any AnyObject & Sendable
        fileprivate(set) var labelsStart: Int
        fileprivate let labelsCount: UInt32
        fileprivate let hash: UInt32

        fileprivate func labels(in all: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(rebasing: all[labelsStart..<labelsStart + Int(labelsCount)])
        }
    }

    /// The children of a moment.
    struct Snapshot: Sendable {
        fileprivate(set) var entries: [Entry] = []
        /// The labels of all, one after the other: an array for each would take as much memory again.
        fileprivate(set) var labels: [UInt8] = []

        /// Goes through the children. This snapshot keeps them, so nobody has to count who holds one, which for each
        /// of 100,000 would cost as much as writing it.
        @inline(__always)
        func forEach(_ body: (_ child: AnyObject, _ labels: UnsafeBufferPointer<UInt8>) -> Void) {
            labels.withUnsafeBufferPointer { labels in
                entries.withUnsafeBufferPointer { entries in
                    let memory = UnsafeRawBufferPointer(entries)
                    for index in entries.indices {
                        let labels = entries[index].labels(in: labels)
                        // The reference as it is in memory, an entry's first word.
                        memory.load(fromByteOffset: index * MemoryLayout<Entry>.stride, as: Unmanaged<AnyObject>.self)
                            ._withUnsafeGuaranteedRef { body($0, labels) }
                    }
                }
            }
        }
    }

    private struct State {
        var all = Snapshot()
        /// Bytes of labels that no child has any more.
        var unusedLabelBytes = 0
        /// By hash, one more than the index of an entry; 0 where there is none. A power of two, at most half full.
        var slots = [UInt32](repeating: 0, count: 8)
        /// The child of those that are too many.
        var other: (any AnyObject & Sendable)?
        var overflowCount = 0
    }

    let names: LabelNames
    private let childrenMax: Int
    private let make: @Sendable () -> any AnyObject & Sendable
    private let state = Mutex(State())
    private let recent: RecentChildren

    init(_ names: LabelNames, childrenMax: Int, make: @escaping @Sendable () -> any AnyObject & Sendable) {
        self.names = names
        recent = RecentChildren(labelCount: names.names.count)
        self.childrenMax = max(1, childrenMax)
        self.make = make
    }

    /// The child with these label values, made now if there is none; beyond the limit the one that is called `other`.
    @usableFromInline
    func child(_ values: Span<String>) -> any AnyObject & Sendable {
        recent.child(values) ?? indexedChild(values)
    }

    private func indexedChild(_ values: Span<String>) -> any AnyObject & Sendable {
        let hash = LabelHash.of(values)
        let (child, count, removals) = state.withLock { state in
            let found = find(hash, values, state)
            guard found != nil || state.all.entries.count < childrenMax else {
                state.overflowCount += 1
                // Not kept, as each time is counted.
                return (otherChild(&state), 0, 0)
            }
            let child = found.map { state.all.entries[$0].child } ?? insert(values, hash, &state)
            return (child, state.all.entries.count, recent.removalCount)
        }
        if count > 0 { recent.keep(child, values, among: count, removals: removals) }
        return child
    }

    func contains(_ values: Span<String>) -> Bool {
        let hash = LabelHash.of(values)
        return state.withLock { find(hash, values, $0) != nil }
    }

    /// How many children there are.
    var count: Int { state.withLock { $0.all.entries.count } }
    var overflowCount: Int { state.withLock { $0.overflowCount } }

    /// The children in the order in which they were made, less what removing changed in it. A copy of two references.
    var snapshot: Snapshot { state.withLock { $0.all } }

    /// Removes a child; the last one takes its place. Nil where there is none.
    func remove(_ values: Span<String>) -> Entry? {
        let hash = LabelHash.of(values)
        return state.withLock { state in
            guard let index = find(hash, values, state) else { return nil }
            let entry = state.all.entries[index]
            Self.free(Self.slot(of: index, state), &state)
            let last = state.all.entries.count - 1
            if index != last {
                state.slots[Self.slot(of: last, state)] = UInt32(index + 1)
                state.all.entries.swapAt(index, last)
            }
            state.all.entries.removeLast()
            recent.noteRemoval()
            forgetOther(if: entry, &state)
            forgetLabels(of: [entry], &state)
            return entry
        }
    }

    /// Removes the children whose labels this is said of, and returns them.
    func remove(where isGone: (RenderedLabels) -> Bool) -> [Entry] {
        state.withLock { state in
            let hasPlainNames = names.hasPlainNames
            var kept: [Entry] = []
            let gone = state.all.labels.withUnsafeBufferPointer { labels in
                state.all.entries.filter { entry in
                    let isGone = isGone(RenderedLabels(entry.labels(in: labels), hasPlainNames: hasPlainNames))
                    if !isGone { kept.append(entry) }
                    return isGone
                }
            }
            guard !gone.isEmpty else { return [] }
            state.all.entries = kept
            Self.rebuild(&state, size: state.slots.count)
            recent.noteRemoval()
            for entry in gone { forgetOther(if: entry, &state) }
            forgetLabels(of: gone, &state)
            return gone
        }
    }

    /// Gives their room back when more than half of it is unused.
    private func forgetLabels(of gone: [Entry], _ state: inout State) {
        state.unusedLabelBytes += gone.reduce(0) { $0 + Int($1.labelsCount) }
        guard state.unusedLabelBytes * 2 > state.all.labels.count else { return }
        var used: [UInt8] = []
        used.reserveCapacity(state.all.labels.count - state.unusedLabelBytes)
        for index in state.all.entries.indices {
            let entry = state.all.entries[index]
            state.all.entries[index].labelsStart = used.count
            used += state.all.labels[entry.labelsStart..<entry.labelsStart + Int(entry.labelsCount)]
        }
        state.all.labels = used
        state.unusedLabelBytes = 0
    }

    private func forgetOther(if entry: Entry, _ state: inout State) {
        if state.other === entry.child { state.other = nil }
    }

    // MARK: The hash table

    private func find(_ hash: UInt32, _ values: Span<String>, _ state: borrowing State) -> Int? {
        let mask = state.slots.count - 1
        var slot = Int(hash) & mask
        while case let number = state.slots[slot], number != 0 {
            let index = Int(number - 1)
            if state.all.entries[index].hash == hash, isRendered(state.all.entries[index], from: values, state) {
                return index
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private func isRendered(_ entry: Entry, from values: Span<String>, _ state: borrowing State) -> Bool {
        state.all.labels.withUnsafeBufferPointer { names.isRendered(entry.labels(in: $0), from: values) }
    }

    private func insert(_ values: Span<String>, _ hash: UInt32, _ state: inout State) -> any AnyObject & Sendable {
        if (state.all.entries.count + 1) * 2 > state.slots.count { Self.rebuild(&state, size: state.slots.count * 2) }
        let child = make()
        let labels = names.rendered(values)
        let count = UInt32(labels.count)
        state.all.entries.append(
            Entry(child: child, labelsStart: state.all.labels.count, labelsCount: count, hash: hash)
        )
        state.all.labels += labels
        Self.place(hash, UInt32(state.all.entries.count), &state.slots)
        return child
    }

    /// Made beyond the limit, so that it is there whatever the others are.
    private func otherChild(_ state: inout State) -> any AnyObject & Sendable {
        if let other = state.other { return other }
        let values = [String](repeating: "other", count: names.names.count)
        let hash = LabelHash.of(values.span)
        let index = find(hash, values.span, state)
        let child = index.map { state.all.entries[$0].child } ?? insert(values.span, hash, &state)
        state.other = child
        return child
    }

    private static func slot(of index: Int, _ state: borrowing State) -> Int {
        let mask = state.slots.count - 1
        var slot = Int(state.all.entries[index].hash) & mask
        while state.slots[slot] != UInt32(index + 1) { slot = (slot + 1) & mask }
        return slot
    }

    /// Frees a slot, and moves those behind it that would not be found any more.
    private static func free(_ slot: Int, _ state: inout State) {
        let mask = state.slots.count - 1
        var hole = slot
        var next = (slot + 1) & mask
        while case let number = state.slots[next], number != 0 {
            let home = Int(state.all.entries[Int(number - 1)].hash) & mask
            // Whether the hole lies on the way from its home to where it is.
            if (next - home) & mask >= (next - hole) & mask {
                state.slots[hole] = number
                hole = next
            }
            next = (next + 1) & mask
        }
        state.slots[hole] = 0
    }

    private static func rebuild(_ state: inout State, size: Int) {
        state.slots = [UInt32](repeating: 0, count: size)
        for index in state.all.entries.indices { place(state.all.entries[index].hash, UInt32(index + 1), &state.slots) }
    }

    private static func place(_ hash: UInt32, _ number: UInt32, _ slots: inout [UInt32]) {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = number
    }
}
