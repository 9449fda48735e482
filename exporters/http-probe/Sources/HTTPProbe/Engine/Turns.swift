/// Those that wait for their turn: first come, first served, but nobody waits longer than they may.
struct Turns {
    private var waiting: [(number: Int, latest: UInt64)] = []

    var isEmpty: Bool { waiting.isEmpty }

    mutating func add(_ number: Int, latest: UInt64) { waiting.append((number, latest)) }

    mutating func remove(_ number: Int) { waiting.removeAll { $0.number == number } }

    /// Those whose turn it is when there are so many places.
    mutating func take(places: Int, at now: UInt64) -> [Int] {
        var left = places
        var taken: [Int] = []
        waiting.removeAll { turn in
            guard left > 0 || turn.latest <= now else { return false }
            left -= 1
            taken.append(turn.number)
            return true
        }
        return taken
    }
}
