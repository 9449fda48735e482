import Exposition
import Synchronization

/// Chooses names (of devices, mount points, fields) by an include and an exclude pattern.
///
/// A name is matched once and then remembered, so a pattern costs nothing per scrape.
public final class NameFilter: Sendable {
    private let include: Pattern?
    private let exclude: Pattern?
    private let known = Mutex<[NameKey: Bool]>([:])

    /// How many names are remembered; with more than that, forgetting all is cheaper than growing.
    private static let knownMax = 8192

    /// Accepts what `include` matches, if there is one, and `exclude` does not.
    public init(include: Pattern? = nil, exclude: Pattern? = nil) {
        self.include = include
        self.exclude = exclude
    }

    /// The filter of a pair of flags; throws where the user gave both. An include that is given takes the place of the
    /// default exclude.
    public convenience init(
        include: Flag<Pattern?>,
        exclude: Flag<Pattern?>,
        _ flags: FlagValues
    ) throws(UsageError) {
        guard flags[include] != nil else {
            self.init(exclude: flags[exclude])
            return
        }
        if flags.isGiven(exclude), flags[exclude] != nil {
            throw UsageError("--\(include.name) and --\(exclude.name) can't both be given: choose one")
        }
        self.init(include: flags[include])
    }

    /// Whether the name is wanted.
    public func accepts(_ name: Bytes) -> Bool {
        if include == nil && exclude == nil { return true }
        return known.withLock { known in
            let key = NameKey(name)
            if let answer = known[key] { return answer }
            if known.count >= Self.knownMax { known.removeAll(keepingCapacity: true) }
            let answer = (include?.matches(name) ?? true) && !(exclude?.matches(name) ?? false)
            known[key.kept] = answer
            return answer
        }
    }

    /// Whether the name is wanted.
    public func accepts(_ name: String) -> Bool { accepts(Bytes(name)) }
}
