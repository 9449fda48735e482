/// A token bucket for each client, in memory of a fixed size.
///
/// A client's place is found by a keyed hash, among four; where these are taken, the one that was quiet longest goes.
/// So a flood from many addresses forgets other clients, whose buckets are full again then, and never grows.
struct ClientBuckets {
    private struct Slot {
        /// The other half of the hash; 0 where the place is free.
        var tag: UInt32 = 0
        var tokens: Float = 0
        /// Seconds since the table was made.
        var time: Float = 0
    }

    private static let waysCount = 4

    private let rate: Float
    private let burst: Float
    private let start: Double
    private var slots: [Slot]

    /// Buckets for about `clients` clients at once, 12 bytes each; a rate of 0 is no limit.
    init(rate: Double, burst: Double, clients: Int, now: Double) {
        self.rate = Float(rate)
        self.burst = Float(max(1, burst))
        start = now
        var sets = 1
        while sets * Self.waysCount < clients, sets < 1 << 22 { sets *= 2 }
        slots = rate > 0 ? Array(repeating: Slot(), count: sets * Self.waysCount) : []
    }

    /// Takes a token of a client, if it has one.
    mutating func take(_ client: UInt64, now: Double) -> Bool {
        guard rate > 0 else { return true }
        var hasher = Hasher()
        hasher.combine(client)
        let hash = UInt64(bitPattern: Int64(hasher.finalize()))
        let tag = UInt32(truncatingIfNeeded: hash >> 32) | 1
        let first = Int(hash & UInt64(slots.count / Self.waysCount - 1)) * Self.waysCount
        let time = Float(now - start)
        var place = first
        for index in first..<first + Self.waysCount {
            if slots[index].tag == tag {
                place = index
                break
            }
            if slots[index].time < slots[place].time { place = index }
        }
        if slots[place].tag != tag { slots[place] = Slot(tag: tag, tokens: burst, time: time) }
        let tokens = min(burst, slots[place].tokens + max(0, time - slots[place].time) * rate)
        slots[place].time = time
        slots[place].tokens = tokens >= 1 ? tokens - 1 : tokens
        return tokens >= 1
    }
}
