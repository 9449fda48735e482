import NIOCore
import NIOHTTP1

/// A path that is served, and by what.
struct Route: Sendable {
    var path: String
    /// One sentence, for the page at `/`.
    var help: String
    var respond: @Sendable (HTTPRequest) -> EventLoopFuture<HTTPResponse>

    init(
        _ path: String,
        _ help: String,
        future respond: @escaping @Sendable (HTTPRequest) -> EventLoopFuture<HTTPResponse>
    ) {
        self.path = path
        self.help = help
        self.respond = respond
    }

    /// A route whose answer needs no waiting.
    init(_ path: String, _ help: String, _ respond: @escaping @Sendable (HTTPRequest) -> HTTPResponse) {
        self.init(path, help, future: { $0.eventLoop.makeSucceededFuture(respond($0)) })
    }
}

/// Finds who answers a request. All that is served is read by GET or HEAD.
struct Router: Sendable {
    private let routes: [String: Route]

    init(_ routes: [Route]) {
        self.routes = Dictionary(routes.map { ($0.path, $0) }) { first, _ in first }
    }

    func respond(to request: HTTPRequest) -> EventLoopFuture<HTTPResponse> {
        guard let route = routes[request.path] else {
            return request.eventLoop.makeSucceededFuture(.text(.notFound, "Nothing is here; / lists what is."))
        }
        guard request.method == .GET || request.method == .HEAD else {
            let answer = HTTPResponse.text(.methodNotAllowed, "Only GET and HEAD.", ["Allow": "GET, HEAD"])
            return request.eventLoop.makeSucceededFuture(answer)
        }
        return route.respond(request)
    }
}
