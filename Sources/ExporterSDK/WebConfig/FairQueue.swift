/// Things that wait in lanes, of which each has its turn: one who brings many delays another by one, not by all of them.
struct FairQueue<Lane: Hashable & Sendable, Element: Sendable>: Sendable {
    private let countMax: Int
    private let laneCountMax: Int
    private var lanes: [Lane: [Element]] = [:]
    private var turns: [Lane] = []
    private(set) var count = 0

    /// A queue for so many in all and so many of one lane.
    init(countMax: Int, laneCountMax: Int) {
        self.countMax = countMax
        self.laneCountMax = laneCountMax
    }

    /// False where there is no room.
    mutating func append(_ element: Element, to lane: Lane) -> Bool {
        let waiting = lanes[lane]?.count ?? 0
        guard count < countMax, waiting < laneCountMax else { return false }
        if waiting == 0 { turns.append(lane) }
        lanes[lane, default: []].append(element)
        count += 1
        return true
    }

    /// The oldest of the lane whose turn it is.
    mutating func popFirst() -> Element? {
        guard !turns.isEmpty else { return nil }
        let lane = turns.removeFirst()
        guard var waiting = lanes.removeValue(forKey: lane), !waiting.isEmpty else { return nil }
        let element = waiting.removeFirst()
        count -= 1
        if !waiting.isEmpty {
            lanes[lane] = waiting
            turns.append(lane)
        }
        return element
    }
}
