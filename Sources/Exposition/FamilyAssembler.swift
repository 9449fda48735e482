/// Puts the lines of an exposition together into families, and refuses lines that do not fit together.
struct FamilyAssembler {
    private let format: ExpositionFormat
    private let maxSamples: Int
    private let allowsPieces: Bool
    private var sampleCount = 0
    private(set) var families: [ParsedFamily] = []
    /// What is known of each family beside its parts, at the same index.
    private var states: [State] = []
    private var indexByName: [NameKey: Int] = [:]
    /// The family of the line before.
    private var current: Int?

    private struct State {
        /// Whether a TYPE line said what the family is.
        var isTyped = false
        /// Whether another family's lines followed, so that no more of this one may come.
        var isClosed = false
    }

    /// For lines of this format; with `allowsPieces` the samples of a family need not stand together.
    init(_ format: ExpositionFormat, limits: ParseLimits, allowsPieces: Bool = false) {
        self.format = format
        self.allowsPieces = allowsPieces
        maxSamples = limits.samples
    }

    /// Whether there is a family of this name.
    func contains(_ name: String) -> Bool { indexByName[name.key] != nil }

    // MARK: Lines

    /// Takes a TYPE line.
    mutating func setType(_ type: MetricType, of name: String, at place: Place) throws(ParseError) {
        let index = try open(name, for: "TYPE", at: place)
        guard !states[index].isTyped else { throw place.error("a second TYPE line for \(shown(name)): write one") }
        states[index].isTyped = true
        families[index].type = type
        for suffix in format.suffixes(of: type) where !suffix.isEmpty && indexByName[(name + suffix).key] != nil {
            throw place.error("the \(type) \(shown(name)) clashes with the family \(shown(name + suffix)): rename one")
        }
        try checkUnit(of: index, at: place)
    }

    /// Takes a HELP line.
    mutating func setHelp(_ help: String, of name: String, at place: Place) throws(ParseError) {
        let index = try open(name, for: "HELP", at: place)
        guard families[index].help == nil else {
            throw place.error("a second HELP line for \(shown(name)): write one")
        }
        families[index].help = help
    }

    /// Takes a UNIT line.
    mutating func setUnit(_ unit: String, of name: String, at place: Place) throws(ParseError) {
        let index = try open(name, for: "UNIT", at: place)
        guard families[index].unit == nil else {
            throw place.error("a second UNIT line for \(shown(name)): write one")
        }
        families[index].unit = unit
        try checkUnit(of: index, at: place)
    }

    /// Takes a native histogram of the family that was spoken of last. Each of its buckets counts as a sample.
    mutating func add(_ native: ParsedNativeHistogram, at place: Place) throws(ParseError) {
        guard let current else { return }
        sampleCount += native.buckets.positive.count + native.buckets.negative.count
        guard sampleCount <= maxSamples else { throw place.error("more than \(maxSamples) samples: write fewer") }
        families[current].natives.append(native)
    }

    /// Takes a sample.
    mutating func add(_ sample: ParsedSample, at place: Place) throws(ParseError) {
        guard sampleCount < maxSamples else { throw place.error("more than \(maxSamples) samples: write fewer") }
        sampleCount += 1
        let (index, suffix) =
            if let owner = owner(of: sample.name) { owner } else { (try family(sample.name, at: place), "") }
        let type = families[index].type
        guard format.suffixes(of: type).contains(suffix) else {
            let suffixes = format.suffixes(of: type).joined(separator: ", ")
            throw place.error("\(shown(sample.name)) is a \(type), whose samples end in one of \(suffixes): add that")
        }
        try enter(index, at: place)
        if let problem = problem(with: sample, suffix: suffix, in: families[index]) { throw place.error(problem) }
        families[index].samples.append(sample)
    }

    // MARK: Families

    /// The family that a line of metadata speaks of, which must not have samples yet.
    private mutating func open(_ name: String, for keyword: String, at place: Place) throws(ParseError) -> Int {
        let index = try family(name, at: place)
        guard families[index].samples.isEmpty else {
            throw place.error("a \(keyword) line after samples of \(shown(name)): write it once, before them")
        }
        try enter(index, at: place)
        return index
    }

    /// The family of this name, made now if there is none.
    private mutating func family(_ name: String, at place: Place) throws(ParseError) -> Int {
        if let index = indexByName[name.key] { return index }
        if let (index, _) = owner(of: name) {
            let owner = families[index]
            throw place.error("\(shown(name)) belongs to the \(owner.type) \(shown(owner.name)): rename one of them")
        }
        families.append(ParsedFamily(name: name))
        states.append(State())
        indexByName[name.key] = families.count - 1
        return families.count - 1
    }

    /// The family whose type gives its samples a suffix that this name ends with, and the suffix.
    private func owner(of name: String) -> (index: Int, suffix: String)? {
        for suffix in format.suffixes {
            guard let stem = name.without(suffix: suffix), let index = indexByName[stem.key] else { continue }
            if format.suffixes(of: families[index].type).contains(suffix) { return (index, suffix) }
        }
        return nil
    }

    /// Makes this the family of the current line.
    private mutating func enter(_ index: Int, at place: Place) throws(ParseError) {
        if let current, current != index {
            // Text format 0.0.4 is read so that headers may stand together at the top, as some scripts write them.
            states[current].isClosed = format == .openMetrics || !families[current].samples.isEmpty
        }
        guard allowsPieces || !states[index].isClosed else {
            let name = shown(families[index].name)
            throw place.error("lines of another family stand within \(name): write all lines of a family together")
        }
        current = index
    }

    private func checkUnit(of index: Int, at place: Place) throws(ParseError) {
        let family = families[index]
        guard let unit = family.unit, !unit.isEmpty else { return }
        // OpenMetrics leaves `_total` out of a counter's name.
        let isWhole = format != .openMetrics && family.type == .counter
        let stem = isWhole ? family.name.without(suffix: "_total") ?? family.name : family.name
        guard stem.without(suffix: "_" + unit) != nil else {
            throw place.error("the unit \(shown(unit)) does not end the name \(shown(family.name)): add it there")
        }
        guard family.type != .info, family.type != .stateSet else {
            throw place.error("the \(family.type) \(shown(family.name)) has a unit: leave it out")
        }
    }
}

// MARK: - What a sample must look like

extension ExpositionFormat {
    /// All suffixes that tell a sample's name from its family's.
    fileprivate var suffixes: [String] {
        self == .openMetrics
            ? ["_total", "_bucket", "_sum", "_count", "_created", "_info"] : ["_bucket", "_sum", "_count"]
    }

    /// How the names of samples of a family of this type go on after the family's name.
    fileprivate func suffixes(of type: MetricType) -> [String] {
        switch (type, self == .openMetrics) {
        case (.histogram, false): ["_bucket", "_sum", "_count"]
        case (.summary, false): ["", "_sum", "_count"]
        case (.counter, true): ["_total", "_created"]
        case (.histogram, true): ["_bucket", "_sum", "_count", "_created"]
        case (.summary, true): ["", "_sum", "_count", "_created"]
        case (.info, true): ["_info"]
        case (_, false), (.gauge, true), (.stateSet, true), (.untyped, true): [""]
        }
    }
}

/// What is wrong with a sample of this family's type; nil where nothing is.
private func problem(with sample: ParsedSample, suffix: String, in family: ParsedFamily) -> String? {
    var name: String { shown(sample.name) }
    // A counter's only sample without a suffix is protobuf's, which has the whole name.
    let isCounter = family.type == .counter && suffix != "_created"
    if sample.exemplar != nil, !isCounter, suffix != "_bucket" {
        return "\(name) has an exemplar: only a counter's _total and a histogram's _bucket may, leave it out"
    }
    switch (family.type, suffix) {
    case (.histogram, "_bucket"):
        return boundProblem(of: sample, label: "le")
    case (.histogram, _) where sample[label: "le"] != nil:
        return "\(name) has a label le, which belongs to _bucket: leave it out"
    case (.summary, ""):
        return boundProblem(of: sample, label: "quantile")
    case (.summary, _) where sample[label: "quantile"] != nil:
        return "\(name) has a label quantile, which belongs to the bare name: leave it out"
    case (.counter, "_total") where !(sample.value >= 0):
        return "the counter \(name) is \(sample.value): a counter starts at 0 and grows"
    case (.info, _) where sample.value != 1:
        return "the info \(name) is \(sample.value): its value is always 1"
    case (.stateSet, _) where sample[label: family.name] == nil:
        return "the state set \(name) does not say which state: give it a label of its own name"
    case (.stateSet, _) where sample.value != 0 && sample.value != 1:
        return "the state \(name) is \(sample.value): a state is 0 or 1"
    default:
        return nil
    }
}

private func boundProblem(of sample: ParsedSample, label: String) -> String? {
    guard let text = sample[label: label] else {
        return "\(shown(sample.name)) has no label \(label): every such sample needs one"
    }
    guard let bound = Double(expositionNumber: text), !bound.isNaN else {
        return "the label \(label) of \(shown(sample.name)) is \(shown(text)): write a number"
    }
    return nil
}
