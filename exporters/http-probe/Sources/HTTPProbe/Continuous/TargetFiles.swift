import Glibc
import StrictYAML

/// Files that name targets, as Prometheus' file_sd has them, in YAML or JSON.
struct TargetFiles {
    private struct Known {
        var state: ConfigurationFile.State?
        var targets: [TargetConfiguration]
    }

    private var known: [String: Known] = [:]
    private var patterns: [String] = []
    /// What is wrong with a file, as long as it is; its former targets stay meanwhile.
    private(set) var problems: [String: String] = [:]

    private static let filesMax = 1000

    /// Looks at the files that match; true where something else is in them than before.
    mutating func refresh(_ patterns: [String]) -> Bool {
        var changed = patterns != self.patterns
        self.patterns = patterns
        let paths = Set(patterns.flatMap(Self.paths))
        for path in known.keys where !paths.contains(path) {
            known[path] = nil
            problems[path] = nil
            changed = true
        }
        for path in paths {
            let state = ConfigurationFile.State(of: path)
            if let before = known[path], before.state == state { continue }
            changed = true
            do throws(ConfigurationError) {
                known[path] = Known(state: state, targets: try Self.read(path))
                problems[path] = nil
            } catch {
                known[path] = Known(state: state, targets: known[path]?.targets ?? [])
                problems[path] = error.description
            }
        }
        return changed
    }

    /// All targets, file by file.
    var targets: [TargetConfiguration] { known.sorted { $0.key < $1.key }.flatMap(\.value.targets) }

    /// The paths of a pattern. The corresponding C function is `glob`.
    private static func paths(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0, let list = found.gl_pathv else { return [] }
        return (0..<min(Int(found.gl_pathc), filesMax)).compactMap { list[$0].map { String(cString: $0) } }
    }

    private static func read(_ path: String) throws(ConfigurationError) -> [TargetConfiguration] {
        var limits = YAMLLimits()
        limits.bytes = 16 << 20
        limits.nodes = 1_000_000
        let groups = try ConfigurationFile(path, bytesMax: 16 << 20).decode([TargetGroup].self, limits: limits)
        return groups.flatMap(\.targets)
    }
}

/// An item of file_sd: targets with the labels that they all have.
private struct TargetGroup: ConfigurationMap {
    let targets: [TargetConfiguration]

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        let labels = try keys.value("labels", default: [String: String]())
        var targets: [TargetConfiguration] = []
        for node in try keys.value("targets", default: [YAMLNode]()) {
            targets.append(try TargetConfiguration(url: String(node), labels: labels, node.position))
        }
        self.targets = targets
    }
}
