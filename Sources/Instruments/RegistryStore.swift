import Exposition
import Synchronization

/// What a registry and those below it hold together.
final class RegistryStore: Sendable {
    /// The members of one name: several where registries with other constant labels declared it too.
    private struct Group: Sendable {
        let family: MetricFamily
        /// Without the constant ones.
        let labelNames: [String]
        var members: [any Member]
    }

    private struct State {
        /// Sorted by name.
        var groups: [Group] = []
        var indices: [String: Int] = [:]
        /// Names of samples that are not the family's own, `x_count` of a histogram `x`, and whose they are.
        var sampleNames: [String: String] = [:]
    }

    private let state = Mutex(State())
    /// The memory in which histograms are read: taken by a scrape, and put back for the next one.
    private let spareScratch = Mutex(HistogramSnapshot())

    /// Adds a member that is made for the family, or for an equal one that is there already.
    @discardableResult
    func add<M: Member>(
        _ family: MetricFamily,
        _ labelNames: [String],
        _ make: (MetricFamily) -> M
    ) throws(RegistryError) -> M {
        let result: Result<M, RegistryError> = state.withLock { state in
            do throws(RegistryError) {
                guard let index = state.indices[family.name] else {
                    let member = make(family)
                    try Self.addGroup(Group(family: family, labelNames: labelNames, members: [member]), to: &state)
                    return .success(member)
                }
                let group = state.groups[index]
                let member = make(group.family)
                try Self.check(member, family, labelNames, joins: group)
                state.groups[index].members.append(member)
                return .success(member)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func remove(_ name: String) -> Bool {
        state.withLock { state in
            guard let index = state.indices[name] else { return false }
            state.groups.remove(at: index)
            state.sampleNames = state.sampleNames.filter { $0.value != name }
            Self.index(&state)
            return true
        }
    }

    func write(into writer: inout MetricWriter) {
        let groups = state.withLock { $0.groups }
        var scratch = spareScratch.withLock { spare in
            defer { spare = HistogramSnapshot() }
            return spare
        }
        for group in groups { for member in group.members { member.write(into: &writer, &scratch) } }
        spareScratch.withLock { $0 = scratch }
    }

    /// What was declared, sorted by name.
    var declarations: [RegisteredMetric] {
        state.withLock { $0.groups }.map { RegisteredMetric(family: $0.family, labelNames: $0.labelNames) }
    }

    /// What the members count together.
    func sum(_ count: (any Member) -> Int) -> Int {
        state.withLock { $0.groups }.reduce(0) { sum, group in group.members.reduce(sum) { $0 + count($1) } }
    }

    // MARK: Clashes

    /// The same name again: only with the same declaration, and with other constant labels.
    private static func check(
        _ member: some Member,
        _ family: MetricFamily,
        _ labelNames: [String],
        joins group: Group
    ) throws(RegistryError) {
        let name = family.name
        guard family.type == group.family.type else {
            throw .clash("\(name) is a \(group.family.type) already: it can't be a \(family.type) too")
        }
        guard family.help == group.family.help else {
            throw .clash("\(name) has another help text already: \"\(group.family.help)\"")
        }
        guard labelNames == group.labelNames else {
            let known = group.labelNames.joined(separator: ", ")
            throw .clash("\(name) has the labels (\(known)) already, not (\(labelNames.joined(separator: ", ")))")
        }
        guard !group.members.contains(where: { $0.constantLabels == member.constantLabels }) else {
            throw .clash("\(name) is registered already")
        }
    }

    private static func addGroup(_ group: Group, to state: inout State) throws(RegistryError) {
        let name = group.family.name
        let own = sampleNames(of: group.family)
        if let owner = state.sampleNames[name] {
            throw .clash("\(name) is the name of samples of \(owner): choose another one")
        }
        for sample in own where sample != name {
            if state.indices[sample] != nil {
                throw .clash("\(name) would have samples called \(sample), which is a metric already")
            }
            if let owner = state.sampleNames[sample] {
                throw .clash("\(name) would have samples called \(sample), as \(owner) has already")
            }
        }
        for sample in own where sample != name { state.sampleNames[sample] = name }
        let place = state.groups.firstIndex { name.utf8.lexicographicallyPrecedes($0.family.name.utf8) }
        state.groups.insert(group, at: place ?? state.groups.endIndex)
        index(&state)
    }

    private static func index(_ state: inout State) {
        state.indices = [:]
        for (index, group) in state.groups.enumerated() { state.indices[group.family.name] = index }
    }

    /// The names that a family's samples, or the family itself, have in one format or another.
    private static func sampleNames(of family: MetricFamily) -> [String] {
        let name = family.name
        switch family.type {
        case .counter: return [name, String(name.dropLast("_total".count)), name.dropLast("_total".count) + "_created"]
        case .info: return [name, String(name.dropLast("_info".count))]
        case .histogram: return ["_bucket", "_count", "_sum", "_created"].map { name + $0 }
        case .summary: return ["_count", "_sum", "_created"].map { name + $0 }
        case .gauge, .stateSet, .untyped: return [name]
        }
    }
}

/// A metric of a registry, as documentation and lint see it.
struct RegisteredMetric: MetricDeclaration {
    let family: MetricFamily
    let labelNames: [String]

    var name: String { family.name }
    var help: String { family.help }
    var type: MetricType { family.type }
}
