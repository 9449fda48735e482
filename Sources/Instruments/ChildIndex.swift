import Exposition
import Synchronization

/// The children of a family by the values of their labels: found in constant time, whatever their number.
///
/// Not generic, so that a look-up is a call into code that is compiled once, and free of what generic code costs. The
/// values are not kept beside the rendered labels: what is looked up is compared with what is rendered.
@usableFromInline
final class ChildIndex: Sendable {
    /// A child, its labels and their hash.
    struct Entry: Sendable {
        let labels: LabelSet
        let child: any AnyObject & Sendable
        let hash: UInt32
    }

    private struct State {
        var entries: [Entry] = []
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

    init(_ names: LabelNames, childrenMax: Int, make: @escaping @Sendable () -> any AnyObject & Sendable) {
        self.names = names
        self.childrenMax = max(1, childrenMax)
        self.make = make
    }

    /// The child with these label values, made now if there is none; beyond the limit the one that is called `other`.
    @usableFromInline
    func child(_ values: Span<String>) -> any AnyObject & Sendable {
        let hash = LabelHash.of(values)
        return state.withLock { state in
            if let index = find(hash, values, state) { return state.entries[index].child }
            if state.entries.count < childrenMax { return insert(values, hash, &state) }
            state.overflowCount += 1
            return otherChild(&state)
        }
    }

    func contains(_ values: Span<String>) -> Bool {
        let hash = LabelHash.of(values)
        return state.withLock { find(hash, values, $0) != nil }
    }

    /// How many children there are.
    var count: Int { state.withLock { $0.entries.count } }
    var overflowCount: Int { state.withLock { $0.overflowCount } }

    /// The children in the order in which they were made, less what removing changed in it. A copy of one reference.
    var entries: [Entry] { state.withLock { $0.entries } }

    /// Removes a child; the last one takes its place. Nil where there is none.
    func remove(_ values: Span<String>) -> Entry? {
        let hash = LabelHash.of(values)
        return state.withLock { state in
            guard let index = find(hash, values, state) else { return nil }
            let entry = state.entries[index]
            Self.free(Self.slot(of: index, state), &state)
            let last = state.entries.count - 1
            if index != last {
                state.slots[Self.slot(of: last, state)] = UInt32(index + 1)
                state.entries.swapAt(index, last)
            }
            state.entries.removeLast()
            forgetOther(if: entry, &state)
            return entry
        }
    }

    /// Removes the children that this is said of, and returns them.
    func remove(where isGone: (Entry) -> Bool) -> [Entry] {
        state.withLock { state in
            let gone = state.entries.filter(isGone)
            guard !gone.isEmpty else { return [] }
            state.entries.removeAll(where: isGone)
            Self.rebuild(&state, size: state.slots.count)
            for entry in gone { forgetOther(if: entry, &state) }
            return gone
        }
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
            if state.entries[index].hash == hash, names.isRendered(state.entries[index].labels.bytes, from: values) {
                return index
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private func insert(_ values: Span<String>, _ hash: UInt32, _ state: inout State) -> any AnyObject & Sendable {
        if (state.entries.count + 1) * 2 > state.slots.count { Self.rebuild(&state, size: state.slots.count * 2) }
        let child = make()
        state.entries.append(Entry(labels: names.rendered(values), child: child, hash: hash))
        Self.place(hash, UInt32(state.entries.count), &state.slots)
        return child
    }

    /// Made beyond the limit, so that it is there whatever the others are.
    private func otherChild(_ state: inout State) -> any AnyObject & Sendable {
        if let other = state.other { return other }
        let values = [String](repeating: "other", count: names.names.count)
        let hash = LabelHash.of(values.span)
        let index = find(hash, values.span, state)
        let child = index.map { state.entries[$0].child } ?? insert(values.span, hash, &state)
        state.other = child
        return child
    }

    private static func slot(of index: Int, _ state: borrowing State) -> Int {
        let mask = state.slots.count - 1
        var slot = Int(state.entries[index].hash) & mask
        while state.slots[slot] != UInt32(index + 1) { slot = (slot + 1) & mask }
        return slot
    }

    /// Frees a slot, and moves those behind it that would not be found any more.
    private static func free(_ slot: Int, _ state: inout State) {
        let mask = state.slots.count - 1
        var hole = slot
        var next = (slot + 1) & mask
        while case let number = state.slots[next], number != 0 {
            let home = Int(state.entries[Int(number - 1)].hash) & mask
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
        for index in state.entries.indices { place(state.entries[index].hash, UInt32(index + 1), &state.slots) }
    }

    private static func place(_ hash: UInt32, _ number: UInt32, _ slots: inout [UInt32]) {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = number
    }
}
