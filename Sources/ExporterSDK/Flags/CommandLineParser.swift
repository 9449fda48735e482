/// Reads a command line against the declared flags.
///
/// Long names only, as the peers have them: `--name=value`, `--name value`, `--switch`, `--no-switch`.
struct CommandLineParser {
    private let flags: [String: any FlagDeclaration]
    /// By each name that a flag no longer has.
    private let renamed: [String: any FlagDeclaration]
    /// `NODE_EXPORTER_` for node-exporter.
    private let environmentPrefix: String
    /// Collectors that a peer has and this exporter has not: their flags are taken and remembered, so that a command
    /// line made for the peer starts this one.
    private let foreignCollectors: Set<String>

    init(program: String, flags: [any FlagDeclaration], foreignCollectors: Set<String> = []) {
        self.flags = Dictionary(flags.map { ($0.name, $0) }) { first, _ in first }
        renamed = Dictionary(flags.flatMap { flag in flag.formerNames.map { ($0, flag) } }) { first, _ in first }
        self.foreignCollectors = foreignCollectors
        environmentPrefix = Self.environmentName(program) + "_"
    }

    /// The environment variable that stands for a flag: `--web.listen-address` is `NODE_EXPORTER_WEB_LISTEN_ADDRESS`.
    func environmentVariable(for flag: any FlagDeclaration) -> String {
        environmentPrefix + Self.environmentName(flag.name)
    }

    /// The values that the environment and, over it, the arguments give.
    func parse(arguments: [String], environment: (String) -> String?) throws(UsageError) -> FlagValues {
        var values = FlagValues()
        for flag in flags.values {
            let variable = environmentVariable(for: flag)
            guard let text = environment(variable) else { continue }
            do throws(UsageError) {
                try values.set(flag, texts: [text])
            } catch {
                throw UsageError("environment variable \(variable): \(error.message)")
            }
        }
        let given = try gather(arguments)
        for (name, texts) in given.texts {
            guard let flag = flags[name] else { continue }
            try values.set(flag, texts: texts)
        }
        values.ignored = given.ignored
        values.renamed = given.renamed
        return values
    }

    /// The texts given for each flag, in order, the flags that mean nothing here, and those given by a former name.
    private func gather(
        _ arguments: [String]
    ) throws(UsageError) -> (texts: [String: [String]], ignored: [String], renamed: [(from: String, to: String)]) {
        var given: [String: [String]] = [:]
        var ignored: [String] = []
        var renamed: [(from: String, to: String)] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--"), argument.count > 2 else {
                throw UsageError("unexpected \"\(argument)\": flags begin with --, see --help")
            }
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            var name = String(parts[0])
            if let flag = self.renamed[name] {
                renamed.append(("--\(name)", "--\(flag.name)"))
                name = flag.name
            }
            let value = parts.count > 1 ? String(parts[1]) : nil
            if let flag = flags[name] {
                if let value {
                    given[name, default: []].append(value)
                } else if flag.isSwitch {
                    given[name, default: []].append("true")
                } else if let next = rest.popFirst() {
                    given[name, default: []].append(next)
                } else {
                    throw UsageError("--\(name) needs a value: --\(name)=\(flag.placeholder)")
                }
            } else if name.hasPrefix("no-"), let flag = flags[String(name.dropFirst(3))], flag.isSwitch {
                guard value == nil else {
                    throw UsageError("--\(name) takes no value: --\(flag.name)=true or --\(flag.name)=false does")
                }
                given[flag.name, default: []].append("false")
            } else if isForeign(name) {
                ignored.append("--\(name)")
                if value == nil, let next = rest.first, !next.hasPrefix("--") { rest.removeFirst() }
            } else {
                throw UsageError("unknown flag --\(name)\(suggestion(for: name)); --help lists all")
            }
        }
        return (given, ignored, renamed)
    }

    /// Whether it is `collector.NAME`, `no-collector.NAME` or `collector.NAME.MORE` of a collector that is not here.
    private func isForeign(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count >= 2 && ["collector", "no-collector"].contains(parts[0])
            && foreignCollectors.contains(String(parts[1]))
    }

    private func suggestion(for name: String) -> String {
        let candidates = flags.values.flatMap { $0.isSwitch ? [$0.name, "no-" + $0.name] : [$0.name] }
        let ranked = candidates.map { (name: $0, distance: Self.editDistance(Array(name.utf8), Array($0.utf8))) }
        let best = ranked.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let best, best.distance <= max(2, name.utf8.count / 4) else { return "" }
        return "; did you mean --\(best.name)?"
    }

    /// Levenshtein's: how many bytes must be put in, taken out or changed.
    static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        // A name longer than any flag's is like none of them, whatever its length costs.
        guard a.count <= 256 else { return .max }
        var row = Array(0...b.count)
        for (i, byte) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let substituted = diagonal + (byte == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }

    private static func environmentName(_ name: String) -> String {
        String(decoding: name.uppercased().utf8.map { isPlain($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
