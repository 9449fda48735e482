import HTTPTypes
public import Hummingbird
import Metrics

/// Counts requests and measures how long they take, by method, route and status.
///
/// What a client chooses freely never becomes a label: a method that is not one of the known ones is `other`, a path
/// that no route takes is the route `none`. So there are at most as many series as methods times routes times statuses.
public struct RequestMetrics<Context: RequestContext>: RouterMiddleware {
    /// Counter of requests; `http_requests_total` to a scraper.
    static var requests: String { "http_requests" }
    /// Timer of requests; `http_response_time_seconds` to a scraper.
    static var responseTime: String { "http_response_time" }

    private static var knownMethods: Set<String> {
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]
    }

    private let factory: any MetricsFactory

    /// A middleware that makes its metrics with this factory.
    public init(factory: any MetricsFactory) { self.factory = factory }

    public func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        do {
            let response = try await next(request, context)
            note(request, context, status: response.status, since: start)
            return response
        } catch {
            let status = (error as? any HTTPResponseError)?.status ?? .internalServerError
            note(request, context, status: status, since: start)
            throw error
        }
    }

    private func note(
        _ request: Request,
        _ context: Context,
        status: HTTPResponse.Status,
        since start: ContinuousClock.Instant
    ) {
        let method = request.method.rawValue
        // Patterns begin with a slash; the router's word for a path that no route takes does not.
        let route = context.endpointPath.flatMap { $0.hasPrefix("/") ? $0 : nil }
        let dimensions = [
            ("method", Self.knownMethods.contains(method) ? method : "other"),
            ("route", route ?? "none"),
            ("status", (100..<600).contains(status.code) ? "\(status.code)" : "other"),
        ]
        Counter(label: Self.requests, dimensions: dimensions, factory: factory).increment()
        let timer = Timer(label: Self.responseTime, dimensions: Array(dimensions.prefix(2)), factory: factory)
        timer.record(duration: .now - start)
    }
}
