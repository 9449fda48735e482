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

    /// Remembers a hash; false where it was seen already.
    mutating func insert(_ id: UInt64) -> Bool {
        guard !old.contains(id), young.insert(id).inserted else { return false }
        if young.count >= capacity {
            old = young
            young = []
        }
        return true
    }
}
