import ExporterSDK
import StrictYAML
import Synchronization

/// The configuration in force: its plans and its text.
struct LoadedConfiguration: Sendable {
    var plans: [String: ProbePlan] = [:]
    var targets: [TargetConfiguration] = []
    var targetFiles: [String] = []
    var document: YAMLNode?

    /// The module as the file has it, without its secrets.
    func moduleText(_ name: String) -> String {
        guard case .map(let entries)? = document?.content,
            case .map(let modules)? = entries.first(where: { $0.key == "modules" })?.value.content,
            let module = modules.first(where: { $0.key == name })?.value
        else { return "prober: http\n" }
        return ConfigurationText.text(module)
    }
}

/// Reads the configuration file at start and, on SIGHUP or `POST /-/reload`, anew.
final class ConfigurationStore: Reloadable {
    static let path = Flag(
        "config.file",
        default: "",
        placeholder: "PATH",
        help:
            "Configuration file: modules as in blackbox.yml, and targets. Without it there are http_2xx and http_post_2xx."
    )

    let reloadName = "configuration file"
    private let path: String
    private let current: Mutex<LoadedConfiguration>
    private let observer = Mutex<(@Sendable (LoadedConfiguration) -> Void)?>(nil)

    init(_ path: String) throws(UsageError) {
        self.path = path
        current = Mutex(try Self.load(path))
    }

    var configuration: LoadedConfiguration { current.withLock { $0 } }

    func plan(_ name: String) -> ProbePlan? { current.withLock { $0.plans[name] } }

    /// Calls the function now and whenever another configuration is in force.
    func observe(_ function: @escaping @Sendable (LoadedConfiguration) -> Void) {
        observer.withLock { $0 = function }
        function(configuration)
    }

    func prepareReload() throws(UsageError) -> @Sendable () -> Void {
        let new = try Self.load(path)
        return { [self] in
            current.withLock { $0 = new }
            observer.withLock { $0 }?(new)
        }
    }

    private static func load(_ path: String) throws(UsageError) -> LoadedConfiguration {
        guard !path.isEmpty else { return try made(ProbeConfiguration(), nil, path) }
        let node: YAMLNode
        let configuration: ProbeConfiguration
        do throws(ConfigurationError) {
            node = try ConfigurationFile(path).decode(YAMLNode.self)
            configuration = try ProbeConfiguration(node)
        } catch {
            throw UsageError(error.description)
        }
        return try made(configuration, node, path)
    }

    private static func made(
        _ configuration: ProbeConfiguration,
        _ node: YAMLNode?,
        _ path: String
    ) throws(UsageError) -> LoadedConfiguration {
        var plans: [String: ProbePlan] = [:]
        for (name, module) in configuration.modules {
            do throws(PlanError) {
                plans[name] = try ProbePlan(name, module)
            } catch {
                throw UsageError("\(path): module \(name): \(error.message)")
            }
        }
        return LoadedConfiguration(
            plans: plans,
            targets: configuration.targets,
            targetFiles: configuration.targetFiles,
            document: node
        )
    }
}
