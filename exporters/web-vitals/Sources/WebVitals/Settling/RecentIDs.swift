/// Hashes that were seen lately: at least the last `capacity` of them, at most twice as many.
///
/// Two sets of a fixed size: when the younger is full, the older is forgotten and the younger takes its place.
struct RecentIDs {
    private let capacity: Int
    private var young: Set<UInt64>
    private var old: Set<UInt64> = []

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        young = []
    }

    func contains(_ id: UInt64) -> Bool { young.contains(id) || old.contains(id) }

    /// Remembers a hash; false where it was seen already.
    mutating func insert(_ id: UInt64) -> Bool {
        guard !contains(id) else { return false }
        if young.count >= capacity {
            old = young
            young = []
        }
        young.insert(id)
        return true
    }
}
