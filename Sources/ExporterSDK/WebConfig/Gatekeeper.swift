import Glibc
import NIOCore
import NIOHTTP1
import Synchronization

/// Stands between the connections and the routes: who may come in, how often, and with which headers the answer leaves.
final class Gatekeeper: Sendable {
    /// Requests that are let in, and those that are not, have a limit each: strangers can't use up what is for others.
    private struct Buckets {
        var configuration: RateLimitConfiguration?
        var admitted: TokenBucket?
        var strangers: TokenBucket?
    }

    private enum Verdict: Sendable {
        case admitted
        case refused(HTTPResponse)
    }

    private let router: Router
    private let web: WebConfigStore?
    private let passwords: PasswordChecks
    private let counters: ExporterCounters
    private let buckets = Mutex(Buckets())

    /// Without a web configuration everybody is let in.
    init(
        router: Router,
        web: WebConfigStore?,
        counters: ExporterCounters,
        passwords: PasswordChecks = PasswordChecks()
    ) {
        self.router = router
        self.web = web
        self.counters = counters
        self.passwords = passwords
    }

    /// The answer where everybody is let in and it needs no waiting; nil where ``respond(to:)`` has to be asked.
    func respondAtOnce(to request: HTTPRequest) -> HTTPResponse? {
        web == nil ? router.respondAtOnce(to: request) : nil
    }

    func respond(to request: HTTPRequest) -> EventLoopFuture<HTTPResponse> {
        guard let web else { return router.respond(to: request) }
        return web.withSettings(on: request.eventLoop) { [self] settings in
            respond(to: request, settings).map { $0.with(settings.headers) }
        }
    }

    private func respond(to request: HTTPRequest, _ settings: WebSettings) -> EventLoopFuture<HTTPResponse> {
        switch router.access(to: request.path) {
        case .health where settings.isHealthOpen: return router.respond(to: request)
        case .everybody where settings.needsAuthentication:
            return pass(request, as: admit(\.strangers, settings))
        case .everybody, .health, .authenticated: break
        }
        guard settings.needsAuthentication else { return pass(request, as: admit(\.admitted, settings)) }
        return authenticate(request, settings).flatMap { [self] verdict in
            switch verdict {
            case .admitted: pass(request, as: admit(\.admitted, settings))
            case .refused: pass(request, as: verdict)
            }
        }
    }

    private func pass(_ request: HTTPRequest, as verdict: Verdict) -> EventLoopFuture<HTTPResponse> {
        switch verdict {
        case .admitted: router.respond(to: request)
        case .refused(let response): request.eventLoop.makeSucceededFuture(response)
        }
    }

    // MARK: Who

    private func authenticate(_ request: HTTPRequest, _ settings: WebSettings) -> EventLoopFuture<Verdict> {
        let loop = request.eventLoop
        switch Credentials(request.headers) {
        case .bearer(let token):
            let isKnown = settings.tokens?.contains(token) ?? false
            return loop.makeSucceededFuture(isKnown ? .admitted : unauthorized(settings))
        case .basic(let user, let password) where !settings.users.isEmpty:
            let address = request.peer?.address.map(Self.origin) ?? "local"
            let check = passwords.check(
                user: user,
                password: password,
                users: settings.users,
                address: address,
                request: request
            )
            return check.map { [self] outcome in
                switch outcome {
                case .right: .admitted
                case .wrong: unauthorized(settings)
                case .busy(let wait): busy(wait)
                }
            }
        case .none, .basic, .malformed: return loop.makeSucceededFuture(unauthorized(settings))
        }
    }

    /// Whose failures are counted together: an address, or with IPv6 the network, of which everybody has a whole one.
    private static func origin(_ address: IPAddress) -> String {
        let network = IPAddress(address.bytes.prefix(8) + [UInt8](repeating: 0, count: 8))
        return (address.isIPv4 ? address : network ?? address).description
    }

    private func unauthorized(_ settings: WebSettings) -> Verdict {
        if case .refused(let response) = admit(\.strangers, settings) { return .refused(response) }
        counters.count(.unauthorized)
        let challenges = HTTPHeaders(settings.challenges.map { ("WWW-Authenticate", $0) })
        return .refused(.text(.unauthorized, "Unauthorized", challenges))
    }

    private func busy(_ wait: Duration) -> Verdict {
        counters.count(.loginLimit)
        return .refused(tooMany("Too many wrong passwords, or too many at once; try again later.", wait))
    }

    // MARK: How often

    private func admit(_ bucket: WritableKeyPath<Buckets, TokenBucket?>, _ settings: WebSettings) -> Verdict {
        guard let limit = settings.rateLimit else { return .admitted }
        let now = ContinuousClock.now
        let wait: Duration? = buckets.withLock { buckets in
            if buckets.configuration != limit {
                let full = TokenBucket(interval: limit.interval, burst: limit.burst, now: now)
                buckets = Buckets(configuration: limit, admitted: full, strangers: full)
            }
            if buckets[keyPath: bucket]?.take(now) ?? true { return nil }
            return buckets[keyPath: bucket]?.wait(now)
        }
        guard let wait else { return .admitted }
        counters.count(.rateLimit)
        return .refused(tooMany("Too Many Requests", wait))
    }

    private func tooMany(_ text: String, _ wait: Duration) -> HTTPResponse {
        let seconds = wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0)
        return .text(.tooManyRequests, text, ["Retry-After": String(max(1, seconds))])
    }
}
