import NIOCore
import NIOHTTP1

/// A request on a route of an exporter's own, whole.
public struct WebRequest: Sendable {
    /// What is asked to be done; HEAD is GET to a route, and its body is not sent.
    public let method: WebMethod
    /// The parameters of the query, decoded, in order.
    public var query: [(name: String, value: String)] { request.query }
    /// The request's body; at most `--web.max-body-bytes`.
    public var body: Bytes { Bytes(request.body.readableBytesView) }
    /// The address of who asks, without its port; nil on a unix socket. Behind a proxy it is the proxy's.
    public var remoteAddress: String? { request.peer?.text }
    /// The same as an address.
    public var remoteIPAddress: IPAddress? { request.peer?.address }
    /// Called off when the client leaves.
    public var cancellation: Cancellation { request.cancellation }

    let request: HTTPRequest

    init?(_ request: HTTPRequest) {
        guard let method = WebMethod(request.method) else { return nil }
        self.request = request
        self.method = method
    }

    /// The values of a parameter of the query, in order.
    public func parameters(_ name: String) -> [String] { request.parameters(name) }

    /// The first value of a parameter of the query.
    public func parameter(_ name: String) -> String? { request.query.first { $0.name == name }?.value }

    /// The first value of a header; its name in any case.
    public func header(_ name: String) -> String? { request.headers.first(name: name) }

    /// The values of a header, in order; its name in any case.
    public func headers(_ name: String) -> [String] { request.headers[name] }

    /// Goes through the headers in order, each name as it was sent: for who wants several of them.
    public func forEachHeader(_ body: (_ name: String, _ value: String) -> Void) {
        let headers = request.headers
        var index = headers.startIndex
        // An iterator would hold each of them once more.
        while index != headers.endIndex {
            let header = headers[index]
            body(header.name, header.value)
            headers.formIndex(after: &index)
        }
    }
}

/// What a route can be asked to do.
public enum WebMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
    case options = "OPTIONS"

    init?(_ method: HTTPMethod) {
        switch method {
        case .GET, .HEAD: self = .get
        case .POST: self = .post
        case .PUT: self = .put
        case .DELETE: self = .delete
        case .OPTIONS: self = .options
        default: return nil
        }
    }
}
