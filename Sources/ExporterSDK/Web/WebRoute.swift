/// A path of an exporter's own, such as `/probe`: what can be asked of it, and who answers.
///
/// ```swift
/// WebRoute("/config", help: "The configuration in force, without its secrets.") { _ in
///     WebResponse(contentType: "application/json", configuration.json)
/// }
/// ```
///
/// Other methods than those declared are answered 405. With `--web.config.file`, a route is for those who are let in,
/// unless it says that it needs no authentication.
public struct WebRoute: Sendable {
    /// How the answer comes about.
    enum Answer: Sendable {
        case atOnce(@Sendable (WebRequest) -> WebResponse)
        case onThread(@Sendable (WebRequest) -> WebResponse)
        case later(@Sendable (WebRequest, @escaping @Sendable (WebResponse) -> Void) -> Void)
    }

    let path: String
    let help: String
    let methods: [WebMethod]
    let needsAuthentication: Bool
    let timeout: Duration
    /// How many may be under way; nil is `--web.max-requests`, 0 is no limit.
    let requestsMax: Int?
    let answer: Answer

    /// A route whose answer needs no waiting and little work: it is made on the thread that serves all connections.
    public init(
        _ path: String,
        methods: [WebMethod] = [.get],
        help: String,
        needsAuthentication: Bool = true,
        _ answer: @escaping @Sendable (WebRequest) -> WebResponse
    ) {
        self.init(path, methods, help, needsAuthentication, .seconds(1), nil, .atOnce(answer))
    }

    /// A route whose answer is made on a thread that may block. At most `--web.max-requests` are under way, further
    /// ones are answered 503; after the timeout the client is answered 504, and the thread is left to its work.
    public init(
        _ path: String,
        methods: [WebMethod] = [.get],
        help: String,
        needsAuthentication: Bool = true,
        timeout: Duration = .seconds(120),
        onThread answer: @escaping @Sendable (WebRequest) -> WebResponse
    ) {
        self.init(path, methods, help, needsAuthentication, timeout, nil, .onThread(answer))
    }

    /// A route whose answer is given later, from any thread, by calling the function that comes with the request. The
    /// same limits hold, or another number of requests, of which 0 is no limit for a route that has one of its own;
    /// whoever answers may look at the request's cancellation.
    public init(
        _ path: String,
        methods: [WebMethod] = [.get],
        help: String,
        needsAuthentication: Bool = true,
        timeout: Duration = .seconds(120),
        requestsMax: Int? = nil,
        later answer: @escaping @Sendable (WebRequest, @escaping @Sendable (WebResponse) -> Void) -> Void
    ) {
        self.init(path, methods, help, needsAuthentication, timeout, requestsMax, .later(answer))
    }

    private init(
        _ path: String,
        _ methods: [WebMethod],
        _ help: String,
        _ needsAuthentication: Bool,
        _ timeout: Duration,
        _ requestsMax: Int?,
        _ answer: Answer
    ) {
        self.path = path
        self.methods = methods
        self.help = help
        self.needsAuthentication = needsAuthentication
        self.timeout = timeout
        self.requestsMax = requestsMax
        self.answer = answer
    }
}
