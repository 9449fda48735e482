import ExporterSDK
import StrictYAML
import Synchronization

/// The configuration file, read at start and, on SIGHUP or `POST /-/reload`, anew.
final class AuthModulesFile: Reloadable {
    static let path = Flag(
        "config.file",
        default: "postgres_exporter.yml",
        placeholder: "PATH",
        help: "Configuration file: the auth modules of /probe. Without the flag it need not exist."
    )

    let reloadName = "configuration file"

    private let file: String
    private let isNeeded: Bool
    private let current: Mutex<AuthModules>

    init(_ flags: FlagValues) throws(UsageError) {
        file = flags[Self.path]
        isNeeded = flags.isGiven(Self.path) && !file.isEmpty
        current = Mutex(try Self.read(file, isNeeded))
    }

    /// The module of this name, as the file has it now.
    func module(_ name: String) -> AuthModule? { current.withLock { $0.modules[name] } }

    func prepareReload() throws(UsageError) -> @Sendable () -> Void {
        let new = try Self.read(file, isNeeded)
        return { [self] in current.withLock { $0 = new } }
    }

    private static func read(_ path: String, _ isNeeded: Bool) throws(UsageError) -> AuthModules {
        guard isNeeded || ConfigurationFile.State(of: path) != nil else { return AuthModules() }
        do throws(ConfigurationError) {
            return try ConfigurationFile(path).decode(AuthModules.self)
        } catch {
            throw UsageError(error.description)
        }
    }
}
