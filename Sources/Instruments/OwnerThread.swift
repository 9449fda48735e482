public import CLinux
public import Synchronization

/// Which thread may change a value without a locked instruction, which costs several times what the change does: the
/// first that tries. Nearly every counter is counted by one thread, the event loop that handles the requests.
///
/// The others change a value of their own kind, shared by locked instructions; a reader adds both. When the owner has
/// ended, a thread that starts later may get its number and so own what it did, whose changes it then sees.
@usableFromInline
struct OwnerThread: ~Copyable, Sendable {
    @usableFromInline
    let number: Atomic<UInt>

    init() { number = Atomic(0) }

    private init(number: UInt) { self.number = Atomic(number) }

    /// An owner that no thread is.
    static var nobody: OwnerThread { OwnerThread(number: .max) }

    /// Whether the thread that asks is the owner; so is the first that asks.
    @inlinable
    func isThisThread() -> Bool {
        let this = clinux_this_thread()
        let owner = number.load(ordering: .relaxed)
        if owner == this { return true }
        guard owner == 0 else { return false }
        return number.compareExchange(expected: 0, desired: this, ordering: .relaxed).exchanged
    }
}
