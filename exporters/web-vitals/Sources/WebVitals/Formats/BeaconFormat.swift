/// Whose form a beacon has: the values of the label `format`.
enum BeaconFormat: String, CaseIterable, Sendable {
    /// Objects of the web-vitals library, of Next.js, and of those who imitate them.
    case webVitals = "web-vitals"
    /// Our own agent.
    case agent
    case faro
    case boomerang
    /// Reports of the browser itself: Reporting API, Content Security Policy, Network Error Logging.
    case reports
    /// None of these.
    case unknown
}

/// What a beacon holds.
struct Beacon {
    /// Things that one beacon may tell; more are counted as one rejection each and not looked at.
    static let itemsMax = 64

    var format = BeaconFormat.unknown
    var items: [Item] = []

    var isFull: Bool { items.count >= Self.itemsMax }

    /// Adds an item, if there is room.
    mutating func append(_ item: Item) { items.append(isFull ? .rejected(.tooManyItems) : item) }
}
