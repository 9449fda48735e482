import Glibc
import Synchronization

/// The counts and the sum of a histogram's owner thread, which changes them without a lock; see ``OwnerThread``.
///
/// A version that is odd while they change lets others read a count and a sum that fit together.
final class OwnedCounts: Sendable {
    /// How many counts there are: buckets, with the one of all larger values.
    static let countMax = 16
    /// What nobody owns, for histograms that have other buckets.
    static let none = OwnedCounts(OwnerThread.nobody)

    private let owner: OwnerThread
    private let version = Atomic<UInt64>(0)
    private let sum = Atomic<UInt64>(0)
    private let counts: [16 of Atomic<UInt64>] = .init { _ in Atomic(0) }

    init(_ owner: consuming OwnerThread = OwnerThread()) { self.owner = owner }

    /// Adds observations to a bucket. False, and nothing done, where another thread is the owner.
    @inline(__always)
    func add(_ value: Double, count: UInt64, to index: Int) -> Bool {
        guard owner.isThisThread() else { return false }
        let before = version.load(ordering: .relaxed)
        version.store(before &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        counts[index].store(counts[index].load(ordering: .relaxed) &+ count, ordering: .relaxed)
        let sum = Double(bitPattern: self.sum.load(ordering: .relaxed)) + value * Double(count)
        self.sum.store((sum.isFinite ? sum : sum.clampedToFinite).bitPattern, ordering: .relaxed)
        version.store(before &+ 2, ordering: .releasing)
        return true
    }

    /// Adds what is counted here to these counts, and returns the sum.
    func read(into counts: inout [UInt64]) -> Double {
        var own: [16 of UInt64] = .init(repeating: 0)
        let count = min(counts.count, Self.countMax)
        while true {
            let before = version.load(ordering: .acquiring)
            for index in 0..<count { own[index] = self.counts[index].load(ordering: .relaxed) }
            let sum = Double(bitPattern: sum.load(ordering: .relaxed))
            atomicMemoryFence(ordering: .acquiring)
            if before.isMultiple(of: 2), version.load(ordering: .relaxed) == before {
                for index in 0..<count { counts[index] &+= own[index] }
                return sum
            }
            // The owner has to go on for this to end.
            sched_yield()
        }
    }
}
