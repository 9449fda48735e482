import NIOCore
import NIOHTTP1

/// A path that is served, and by what. A class, as it is looked up for each request.
final class Route: Sendable {
    /// Whom a route is for, where somebody has to authenticate.
    enum Access: Sendable {
        case authenticated
        /// For everybody if the configuration says so: whoever restarts processes has no password.
        case health
        case everybody
    }

    typealias Answer = @Sendable (HTTPRequest) -> HTTPResponse

    let path: String
    /// One sentence, for the page at `/`.
    let help: String
    let methods: [HTTPMethod]
    let access: Access
    let respond: @Sendable (HTTPRequest) -> EventLoopFuture<HTTPResponse>
    /// The same where the answer needs no waiting: a future costs as much as reading a small request.
    let respondAtOnce: Answer?

    init(
        _ path: String,
        _ help: String,
        methods: [HTTPMethod] = [.GET],
        access: Access = .authenticated,
        atOnce respondAtOnce: Answer? = nil,
        future respond: @escaping @Sendable (HTTPRequest) -> EventLoopFuture<HTTPResponse>
    ) {
        self.path = path
        self.help = help
        // What can be read can also be looked at.
        self.methods = methods.flatMap { $0 == .GET ? [.GET, .HEAD] : [$0] }
        self.access = access
        self.respond = respond
        self.respondAtOnce = respondAtOnce
    }

    /// A route whose answer needs no waiting.
    convenience init(_ path: String, _ help: String, access: Access = .authenticated, _ respond: @escaping Answer) {
        self.init(
            path,
            help,
            access: access,
            atOnce: respond,
            future: { $0.eventLoop.makeSucceededFuture(respond($0)) }
        )
    }

    /// A route of an exporter's own.
    convenience init(_ route: WebRoute, service: WebRouteService) {
        let atOnce: Answer?
        if case .atOnce(let answer) = route.answer {
            atOnce = { WebRouteService.respond(to: $0, at: answer) }
        } else {
            atOnce = nil
        }
        self.init(
            route.path,
            route.help,
            methods: route.methods.map { HTTPMethod(rawValue: $0.rawValue) },
            access: route.needsAuthentication ? .authenticated : .everybody,
            atOnce: atOnce,
            future: { service.respond(to: $0) }
        )
    }
}

/// Finds who answers a request.
struct Router: Sendable {
    private let routes: [String: Route]

    init(_ routes: [Route]) {
        self.routes = Dictionary(routes.map { ($0.path, $0) }) { first, _ in first }
    }

    /// Whom the path is for; what is not there, is not there for those who may look only.
    func access(to path: String) -> Route.Access { routes[path]?.access ?? .authenticated }

    /// The answer where it needs no waiting; nil where ``respond(to:)`` has to be asked.
    func respondAtOnce(to request: HTTPRequest) -> HTTPResponse? {
        guard let route = routes[request.path], route.methods.contains(request.method) else { return nil }
        return route.respondAtOnce?(request)
    }

    func respond(to request: HTTPRequest) -> EventLoopFuture<HTTPResponse> {
        guard let route = routes[request.path] else {
            return request.eventLoop.makeSucceededFuture(.text(.notFound, "Nothing is here; / lists what is."))
        }
        guard route.methods.contains(request.method) else {
            let allowed = route.methods.map(\.rawValue).joined(separator: ", ")
            let answer = HTTPResponse.text(.methodNotAllowed, "Only \(allowed).", ["Allow": allowed])
            return request.eventLoop.makeSucceededFuture(answer)
        }
        return route.respond(request)
    }
}
