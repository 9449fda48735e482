import Synchronization

/// The children that one thread looked up last. It finds them again without a lock and without reading the values: two
/// strings that are the same bit by bit are the same text. A long text that was made anew is left to the index.
///
/// Nearly every family is used by one thread, which becomes the owner; see ``OwnerThread``. Nobody else reads or changes
/// what is kept here, and what is kept stays alive, so nothing is freed while it is looked at.
struct RecentChildren: ~Copyable, @unchecked Sendable {
    typealias Child = any AnyObject & Sendable

    private let owner = OwnerThread()
    private let removals = Atomic<Int>(0)
    private let table = UnsafeMutablePointer<RecentTable>.allocate(capacity: 1)

    init(labelCount: Int) { table.initialize(to: RecentTable(labelCount: labelCount)) }

    deinit {
        table.deinitialize(count: 1)
        table.deallocate()
    }

    /// The child with these values; nil where the index has to be asked.
    @inline(__always)
    func child(_ values: Span<String>) -> Child? {
        guard owner.isThisThread(), table.pointee.removals == removals.load(ordering: .acquiring) else { return nil }
        return values.withUnsafeBufferPointer { table.pointee.child(UnsafeRawBufferPointer($0)) }
    }

    /// How many removals there were. What is found with the index's lock is found as of this many.
    var removalCount: Int { removals.load(ordering: .relaxed) }

    /// To be called with the index's lock when a child has been removed: the owner forgets all that it keeps.
    func noteRemoval() { removals.add(1, ordering: .releasing) }

    /// Keeps a child of a family that has so many, as found after that many removals.
    func keep(_ child: Child, _ values: Span<String>, among childCount: Int, removals: Int) {
        guard owner.isThisThread() else { return }
        table.pointee.prepare(for: childCount, removals: removals)
        values.withUnsafeBufferPointer { table.pointee.keep(child, $0) }
    }
}

/// Two slots for each hash of strings' bits, in which the children are that came last.
private struct RecentTable: ~Copyable {
    private static let slotsMax = 256
    /// Longer values are not kept alive for this.
    private static let valueBytesMax = 128

    /// How many removals there had been when what is kept was found.
    private(set) var removals = 0
    private let labelCount: Int
    /// A power of two, or none yet.
    private var slotCount = 0
    /// As many for each slot as there are labels; empty texts where there is no child.
    private var values = UnsafeMutableBufferPointer<String>(start: nil, count: 0)
    private var children = UnsafeMutableBufferPointer<RecentChildren.Child?>(start: nil, count: 0)

    init(labelCount: Int) { self.labelCount = labelCount }

    deinit {
        values.deinitialize().deallocate()
        children.deinitialize().deallocate()
    }

    @inline(__always)
    func child(_ wanted: UnsafeRawBufferPointer) -> RecentChildren.Child? {
        guard slotCount > 0 else { return nil }
        let slot = slot(of: wanted)
        if isKept(wanted, at: slot) { return children[slot] }
        return isKept(wanted, at: slot ^ 1) ? children[slot ^ 1] : nil
    }

    @inline(__always)
    private func isKept(_ wanted: UnsafeRawBufferPointer, at slot: Int) -> Bool {
        let kept = UnsafeRawBufferPointer(values)
        let start = slot &* wanted.count
        for offset in stride(from: 0, to: wanted.count, by: 8) {
            let word = kept.load(fromByteOffset: start &+ offset, as: UInt64.self)
            guard word == wanted.load(fromByteOffset: offset, as: UInt64.self) else { return false }
        }
        return true
    }

    mutating func keep(_ child: RecentChildren.Child, _ found: UnsafeBufferPointer<String>) {
        guard found.allSatisfy({ $0.utf8.count <= Self.valueBytesMax }) else { return }
        let first = slot(of: UnsafeRawBufferPointer(found))
        let slot = children[first] == nil || children[first ^ 1] != nil ? first : first ^ 1
        for (index, value) in found.enumerated() { values[slot * labelCount + index] = value }
        children[slot] = child
    }

    /// Makes as much room as that many children need, and forgets all that may be gone.
    mutating func prepare(for childCount: Int, removals: Int) {
        var wanted = max(8, slotCount)
        while wanted < Self.slotsMax, wanted < childCount * 2 { wanted *= 2 }
        guard wanted != slotCount || removals != self.removals else { return }
        values.deinitialize().deallocate()
        children.deinitialize().deallocate()
        values = .allocate(capacity: wanted * labelCount)
        values.initialize(repeating: "")
        children = .allocate(capacity: wanted)
        children.initialize(repeating: nil)
        slotCount = wanted
        self.removals = removals
    }

    /// A product by an odd number for each word; the top bits of their sum depend on all bits of all words.
    @inline(__always)
    private func slot(of strings: UnsafeRawBufferPointer) -> Int {
        var sum: UInt64 = 0
        var factor: UInt64 = 0x9E37_79B9_7F4A_7C15
        for offset in stride(from: 0, to: strings.count, by: 8) {
            sum &+= strings.load(fromByteOffset: offset, as: UInt64.self) &* factor
            factor = factor &* 0xD134_2543_DE82_EF95
        }
        return Int(truncatingIfNeeded: sum >> 56) & (slotCount - 1)
    }
}
