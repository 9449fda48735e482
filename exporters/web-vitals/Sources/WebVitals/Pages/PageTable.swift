/// Which pages have series of their own: a fixed number of places, which nobody can take from pages that are in use.
///
/// Routes of the configuration always have one. Another page gets one while less than half of the site's places are
/// taken; after that it first has to be asked for from several networks, so that one client that invents pages cannot
/// fill the table. What gets none is counted as `other`. A page that nobody asks for gives its place back after hours.
struct PageTable {
    /// The label of pages without a place.
    static let other = "other"

    struct Limits {
        /// Places of a site.
        var pagesMax = 50
        /// Places of all sites together.
        var totalMax = 500
        /// Networks that have to ask for a page once half of the places are taken.
        var networks = 3
        /// Seconds after which a page that nobody asks for is forgotten.
        var idleSeconds = 6.0 * 3600
    }

    private struct Key: Hashable {
        var site: Int
        var page: String
    }

    private struct Place {
        var lastSeen: Double
        var isConfigured: Bool
    }

    /// A page that waits for a place, and who asked for it.
    private struct Candidate {
        var networks: [UInt64]
    }

    /// Pages that wait at the same time.
    private static let candidatesMax = 1024

    private let limits: Limits
    private var places: [Key: Place] = [:]
    private var counts: [Int: Int] = [:]
    private var candidates: [Key: Candidate] = [:]
    private var candidateOrder = RingBuffer<Key>(capacity: candidatesMax)

    init(limits: Limits) { self.limits = limits }

    /// How many pages have a place.
    var count: Int { places.count }

    /// Whether the page has a place, or gets one now.
    mutating func admit(_ page: String, site: Int, isConfigured: Bool, network: UInt64, now: Double) -> Bool {
        let key = Key(site: site, page: page)
        if let index = places.index(forKey: key) {
            places.values[index].lastSeen = now
            return true
        }
        guard isConfigured || mayEnter(key, network) else { return false }
        places[key] = Place(lastSeen: now, isConfigured: isConfigured)
        if !isConfigured { counts[site, default: 0] += 1 }
        return true
    }

    /// Forgets pages that nobody asked for lately; returns which.
    mutating func expire(now: Double) -> [(site: Int, page: String)] {
        let idle = places.filter { !$0.value.isConfigured && now - $0.value.lastSeen > limits.idleSeconds }
        for (key, _) in idle {
            places[key] = nil
            counts[key.site, default: 1] -= 1
        }
        return idle.keys.map { ($0.site, $0.page) }
    }

    private mutating func mayEnter(_ key: Key, _ network: UInt64) -> Bool {
        let taken = counts[key.site, default: 0]
        guard taken < limits.pagesMax, places.count < limits.totalMax else { return false }
        if taken < limits.pagesMax / 2 { return true }
        if var candidate = candidates[key] {
            if !candidate.networks.contains(network) { candidate.networks.append(network) }
            guard candidate.networks.count >= limits.networks else {
                candidates[key] = candidate
                return false
            }
            candidates[key] = nil
            return true
        }
        guard limits.networks > 1 else { return true }
        if let oldest = candidateOrder.append(key) { candidates[oldest] = nil }
        candidates[key] = Candidate(networks: [network])
        return false
    }
}
