import StrictYAML
import Synchronization

/// How to probe, made once of a module's settings: all that can be made ready before is.
final class ProbePlan: Sendable {
    let name: String
    let timeout: Duration?
    let module: HTTPModule
    /// Certificates of the module's own; nil for the system's.
    let trust: TrustStore?
    /// Reads of it are needed for its body.
    let needsBody: Bool
    let token: TokenCache?
    let oauth: ProbePlan?

    /// Throws where a file that is needed at each probe is not there.
    init(_ name: String, _ configuration: ModuleConfiguration) throws(PlanError) {
        self.name = name
        timeout = configuration.timeout
        module = configuration.http
        trust = try Self.trust(module.tls)
        needsBody =
            !module.bodyMatches.isEmpty || !module.bodyNotMatches.isEmpty || module.celMatches != nil
            || module.celNotMatches != nil
        if case .oauth(let settings) = module.credentials.kind {
            token = TokenCache()
            oauth = try ProbePlan("\(name): oauth2", ModuleConfiguration(timeout: nil, http: HTTPModule(for: settings)))
        } else {
            token = nil
            oauth = nil
        }
    }

    /// The header Host that the module sets.
    var hostHeader: String? {
        guard case .text(let text)? = module.headers.first(where: { $0.name.lowercased() == "host" })?.values.first
        else {
            return nil
        }
        return text.exposed
    }

    /// The certificates to trust.
    var trustStore: TrustStore? { trust ?? TrustStore.system }

    private static func trust(_ tls: TLSSettings) throws(PlanError) -> TrustStore? {
        switch tls.ca {
        case .none: return nil
        case .file(let path):
            guard let store = TrustStore(file: path) else {
                throw PlanError(message: "ca_file \(path): can't be read, or holds no certificate")
            }
            return store
        case .text(let text):
            guard let store = TrustStore(text: text) else { throw PlanError(message: "ca: no certificate") }
            return store
        }
    }
}

/// Why a module can't be used.
struct PlanError: Error, Equatable {
    let message: String
}

extension HTTPModule {
    /// How to ask for a token.
    fileprivate init(for settings: OAuthSettings) {
        self.init()
        method = "POST"
        tls = settings.tls
        proxy = settings.proxy
        followsRedirects = false
        bodyLimit = 65_536
    }
}

/// A token that was had, as long as it is good.
final class TokenCache: Sendable {
    private struct Token {
        var text: String
        var end: ContinuousClock.Instant
    }

    private let token = Mutex<Token?>(nil)

    /// The token, if it is good for some seconds more.
    func current(at now: ContinuousClock.Instant = .now) -> String? {
        token.withLock { token in
            guard let known = token, known.end > now + .seconds(10) else { return nil }
            return known.text
        }
    }

    func keep(_ text: String, for lifetime: Duration, at now: ContinuousClock.Instant = .now) {
        token.withLock { $0 = Token(text: text, end: now + lifetime) }
    }

    /// Forgets it, as a server did not take it.
    func drop() { token.withLock { $0 = nil } }
}
