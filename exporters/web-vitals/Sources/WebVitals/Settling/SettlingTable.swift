/// Values that may still change, by id: each waits for a fixed time after it came first, and the last one counts.
///
/// What a Prometheus histogram has counted it can't take back, and the layout shift of a page that is hidden, shown and
/// hidden again is told each time. The table is bounded: where it is full, the value that has waited longest is settled
/// early.
struct SettlingTable<Value> {
    private struct Waiting {
        var id: UInt64
        var until: Double
        var value: Value
    }

    /// Seconds that a value waits.
    let seconds: Double
    private let capacity: Int
    /// A ring, oldest first: `until` ascends, because all wait for the same time.
    private var ring: [Waiting?] = []
    private var head = 0
    private var indices: [UInt64: Int] = [:]

    init(seconds: Double, capacity: Int) {
        self.seconds = seconds
        self.capacity = max(1, capacity)
    }

    /// How many values wait.
    var count: Int { indices.count }

    /// Replaces the value of an id that waits; false where none does.
    mutating func update(_ id: UInt64, _ change: (inout Value) -> Void) -> Bool {
        guard let index = indices[id], var waiting = ring[index] else { return false }
        // Out of the ring while it changes, so that what it holds is not copied.
        ring[index] = nil
        change(&waiting.value)
        ring[index] = waiting
        return true
    }

    /// Lets a value wait under an id that does not; returns one that had to be settled for it.
    mutating func insert(_ id: UInt64, _ value: Value, now: Double) -> Value? {
        let settled = indices.count >= capacity ? removeFirst() : nil
        place(Waiting(id: id, until: now + seconds, value: value))
        return settled
    }

    /// Takes the oldest value out if its time has come.
    mutating func next(now: Double) -> Value? {
        guard !ring.isEmpty, let first = ring[head], first.until <= now else { return nil }
        return removeFirst()
    }

    private mutating func removeFirst() -> Value? {
        guard !ring.isEmpty, let first = ring[head] else { return nil }
        ring[head] = nil
        indices[first.id] = nil
        head = (head + 1) % ring.count
        return first.value
    }

    private mutating func place(_ waiting: Waiting) {
        if indices.count == ring.count { grow() }
        let index = (head + indices.count) % ring.count
        ring[index] = waiting
        indices[waiting.id] = index
    }

    private mutating func grow() {
        let ordered = ring.indices.map { ring[(head + $0) % ring.count] }
        ring = ordered + [Waiting?](repeating: nil, count: max(16, ordered.count))
        head = 0
        for (index, waiting) in ordered.enumerated() { if let waiting { indices[waiting.id] = index } }
    }
}
