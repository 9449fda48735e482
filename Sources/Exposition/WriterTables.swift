/// The families that a writer has seen, each with a number of its own, found by identity.
struct FamilyTable: Sendable {
    private(set) var families: [MetricFamily] = []
    /// How each is written by the writer's scheme.
    private(set) var renderings: [FamilyRendering] = []
    private var numbers: [ObjectIdentifier: Int] = [:]
    private var last: (id: ObjectIdentifier, number: Int)?

    mutating func slot(of family: MetricFamily, _ scheme: EscapingScheme) -> Int {
        let id = ObjectIdentifier(family)
        if let last, last.id == id { return last.number }
        let number: Int
        if let known = numbers[id] {
            number = known
        } else {
            number = families.count
            if number == 0 { reserve(Self.usual) }
            numbers[id] = number
            families.append(family)
            renderings.append(family.rendering(by: scheme))
        }
        last = (id, number)
        return number
    }

    /// As many families as most writers have.
    private static let usual = 16

    private mutating func reserve(_ count: Int) {
        families.reserveCapacity(count)
        renderings.reserveCapacity(count)
        numbers.reserveCapacity(count)
    }

    mutating func removeAll() {
        families.removeAll(keepingCapacity: true)
        renderings.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        last = nil
    }
}

/// The series that were written: a set of 64-bit hashes, so that a series costs eight bytes and no comparison.
///
/// Two of 100,000 series have the same hash by chance once in 3.7 billion scrapes. The seed is the process's own, so
/// nobody outside can choose labels that collide.
struct SeriesTable: Sendable {
    private static let seed = UInt64.random(in: .min ... .max)

    private static let fewest = 64

    private var hashes = [UInt64](repeating: 0, count: fewest)
    private var count = 0

    /// Whether the series was not there yet.
    mutating func insert(family: Int, _ labels: ArraySlice<UInt8>) -> Bool {
        if count * 2 >= hashes.count { grow() }
        let hash = Self.hash(family, labels)
        guard Self.place(hash, in: &hashes) else { return false }
        count += 1
        return true
    }

    mutating func removeAll() {
        guard count > 0 else { return }
        defer { count = 0 }
        guard hashes.count * MemoryLayout<UInt64>.stride <= MetricWriter.keptBytesMax else {
            hashes = [UInt64](repeating: 0, count: Self.fewest)
            return
        }
        for index in hashes.indices { hashes[index] = 0 }
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: hashes.count * 2)
        for hash in hashes where hash != 0 { _ = Self.place(hash, in: &larger) }
        hashes = larger
    }

    private static func place(_ hash: UInt64, in hashes: inout [UInt64]) -> Bool {
        let mask = hashes.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while hashes[index] != 0 {
            if hashes[index] == hash { return false }
            index = (index + 1) & mask
        }
        hashes[index] = hash
        return true
    }

    /// Folds eight bytes at a time by a full multiplication, as wyhash does; never 0, which marks a free place.
    private static func hash(_ family: Int, _ labels: ArraySlice<UInt8>) -> UInt64 {
        var state = mix(seed ^ UInt64(truncatingIfNeeded: family), 0x9E37_79B9_7F4A_7C15)
        labels.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                state = mix(
                    state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
                    0xE703_7ED1_A0B4_28DB
                )
                offset += 8
            }
            var rest: UInt64 = 0
            while offset < bytes.count {
                rest = rest << 8 | UInt64(bytes[offset])
                offset += 1
            }
            state = mix(state ^ rest, seed ^ UInt64(bytes.count))
        }
        return state == 0 ? 1 : state
    }

    private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b | 1)
        return product.high ^ product.low
    }
}
