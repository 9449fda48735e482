/// What is due when: a heap, whose first is due first.
struct TargetQueue {
    struct Turn {
        var due: UInt64
        let target: ContinuousTarget
    }

    private var turns: [Turn] = []

    var first: Turn? { turns.first }
    var count: Int { turns.count }

    mutating func insert(_ turn: Turn) {
        turns.append(turn)
        var index = turns.count - 1
        while index > 0, turns[index].due < turns[(index - 1) / 2].due {
            turns.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func popFirst() -> Turn? {
        guard let first = turns.first else { return nil }
        let last = turns.removeLast()
        guard !turns.isEmpty else { return first }
        turns[0] = last
        var index = 0
        while true {
            let children = [2 * index + 1, 2 * index + 2].filter { $0 < turns.count }
            guard let least = children.min(by: { turns[$0].due < turns[$1].due }), turns[least].due < turns[index].due
            else { return first }
            turns.swapAt(index, least)
            index = least
        }
    }

    func forEach(_ body: (Turn) -> Void) { for turn in turns { body(turn) } }
}
