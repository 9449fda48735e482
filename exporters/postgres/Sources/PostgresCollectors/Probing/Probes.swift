import ExporterSDK
import Exposition
import Synchronization

/// `/probe?target=HOST:PORT&auth_module=NAME`: other servers than the exporter's own, asked when a request comes.
///
/// Only those are asked that `--probe.allow` names, as whoever can reach the port could otherwise have this exporter
/// connect anywhere, with the credentials of its modules.
final class Probes: Reloadable {
    static let flags: [any FlagDeclaration] = [AuthModulesFile.path, allow, targetsMax, idle]

    static let allow = Flag(
        "probe.allow",
        default: [String](),
        placeholder: "REGEXP",
        help: "Targets of /probe, as HOST:PORT: the whole must match. Repeatable. Without it none is probed."
    )
    static let targetsMax = Flag(
        "probe.max-targets",
        default: 64,
        placeholder: "N",
        help: "Targets to which connections are kept; for another one, that which was not asked for longest goes."
    )
    static let idle = Flag(
        "probe.idle-timeout",
        default: Duration.seconds(300),
        placeholder: "DURATION",
        help: "How long a connection to a target is kept after the last probe."
    )

    let reloadName = "targets of probes"

    private struct Key: Hashable, Sendable {
        let target: ProbeTarget
        let module: String
    }

    private struct Known {
        let server: ProbedServer
        var usedAt: ContinuousClock.Instant
    }

    private let template: PostgresServer
    private let modules: AuthModulesFile
    private let allowed: [Pattern]
    private let environment: @Sendable (String) -> String?
    private let known = Mutex<[Key: Known]>([:])

    init(
        _ template: PostgresServer,
        _ modules: AuthModulesFile,
        environment: @escaping @Sendable (String) -> String?
    ) throws(UsageError) {
        self.template = template
        self.modules = modules
        self.environment = environment
        var allowed: [Pattern] = []
        for pattern in template.flags[Self.allow] { allowed.append(try Pattern("^(?:\(pattern))$")) }
        self.allowed = allowed
    }

    /// What answers requests.
    var route: WebRoute {
        WebRoute(
            "/probe",
            help: "Another server: ?target=HOST:PORT&auth_module=NAME.",
            onThread: { self.respond(to: $0) }
        )
    }

    private func respond(to request: WebRequest) -> WebResponse {
        guard let text = request.parameter("target"), !text.isEmpty else {
            return .text(400, "target: which server? /probe?target=HOST:PORT")
        }
        let target: ProbeTarget
        do throws(UsageError) {
            target = try ProbeTarget(text)
        } catch {
            return .text(400, error.message)
        }
        guard allowed.contains(where: { $0.matches(Bytes(target.address)) }) else {
            return .text(403, "target: \(target.address) is none that --probe.allow names")
        }
        let name = request.parameter("auth_module") ?? ""
        let module = name.isEmpty ? nil : modules.module(name)
        guard name.isEmpty || module != nil else {
            return .text(400, "auth_module: the configuration has none of this name")
        }
        do throws(UsageError) {
            let server = try server(Key(target: target, module: name), module)
            let names = Set(request.parameters("collect[]"))
            return .exposition(for: request) { form in
                server.probe(names, until: .now + Self.timeout(of: request), form)
            }
        } catch {
            return .text(500, error.message)
        }
    }

    /// Nothing is read; targets are made anew, of the files that are in force then.
    func prepareReload() -> @Sendable () -> Void { { [self] in known.withLock { $0 = [:] } } }

    /// The target's server, whose connection is kept.
    private func server(_ key: Key, _ module: AuthModule?) throws(UsageError) -> ProbedServer {
        let idle = template.flags[Self.idle]
        let found = known.withLock { known in
            let now = ContinuousClock.now
            known = known.filter { now - $0.value.usedAt < idle }
            known[key]?.usedAt = now
            return known[key]?.server
        }
        if let found { return found }
        let new = try ProbedServer(ConnectionSettings(key.target, module, environment: environment), like: template)
        let most = max(1, template.flags[Self.targetsMax])
        return known.withLock { known in
            if let other = known[key]?.server { return other }
            while known.count >= most, let oldest = known.min(by: { $0.value.usedAt < $1.value.usedAt })?.key {
                known[oldest] = nil
            }
            known[key] = Known(server: new, usedAt: .now)
            return new
        }
    }

    private static func timeout(of request: WebRequest) -> Duration {
        let header = request.headers("x-prometheus-scrape-timeout-seconds").first
        guard let seconds = header.flatMap({ Bytes($0).trimmed.double }), seconds > 0, seconds <= 3600 else {
            return .seconds(9.5)
        }
        return max(.seconds(seconds) - .milliseconds(500), .seconds(seconds / 2))
    }
}
