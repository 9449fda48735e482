import ExporterSDK

/// One thing that a beacon tells.
enum Item {
    /// A vital of a page view, as the web-vitals library, Next.js, Faro and boomerang send them, one by one.
    case vital(VitalItem)
    /// A page view.
    case view(Navigation, page: Bytes?)
    /// A message of our own agent.
    case agent(AgentMessage)
    /// A failure of a script.
    case failure(FailureKind, ErrorClass, page: Bytes?)
    /// An answer of an API.
    case answer(StatusClass, page: Bytes?)
    /// Tasks that took longer than 50 ms.
    case longTasks(count: Int, milliseconds: Double, page: Bytes?)
    /// A report of the browser.
    case report(ReportKind)
    /// A request that failed or, where it is sampled, any request: from Network Error Logging.
    case networkReport(NetworkPhase, StatusClass, weight: Double)
    /// What could not be taken.
    case rejected(Rejection)
}

/// A vital of a page view.
struct VitalItem {
    let vital: Vital
    /// Milliseconds, or a number without unit; checked to be one that can be.
    let value: Double
    /// What tells this measurement from others: its id, hashed. Nil where it has none.
    let id: UInt64?
    /// Whether it was never told before, as far as its sender knows.
    let isFirst: Bool
    let navigation: Navigation
    /// The page as it was sent: a path, an address or a route template.
    let page: Bytes?

    /// Checks the value, which may be anything.
    static func checked(
        _ vital: Vital,
        _ number: JSONNumber,
        id: UInt64?,
        isFirst: Bool,
        navigation: Navigation,
        page: Bytes?
    ) -> Item {
        switch number {
        case .null: return .rejected(.null)
        case .otherKind: return .rejected(.notANumber)
        case .outOfRange: return .rejected(.outOfRange)
        case .value(let value):
            if value < 0 { return .rejected(.negative) }
            let isTooSmall = value == 0 && vital.isNeverZero && navigation.isLoad
            guard value <= vital.largest, !isTooSmall else { return .rejected(.outOfRange) }
            let item = VitalItem(
                vital: vital,
                value: value.magnitude,
                id: id,
                isFirst: isFirst,
                navigation: navigation,
                page: page
            )
            return .vital(item)
        }
    }
}

/// What failed.
enum FailureKind: String, CaseIterable, Sendable {
    case error
    case rejection
    case resource
}

/// How a request ended.
enum StatusClass: String, CaseIterable, Sendable {
    case informational = "1xx"
    case success = "2xx"
    case redirect = "3xx"
    case clientError = "4xx"
    case serverError = "5xx"
    /// No answer, or one that the page may not see.
    case failed
    /// Not told by this browser.
    case unknown

    init(status: Int) {
        switch status {
        case 100..<200: self = .informational
        case 200..<300: self = .success
        case 300..<400: self = .redirect
        case 400..<500: self = .clientError
        case 500..<600: self = .serverError
        case 0: self = .failed
        default: self = .unknown
        }
    }
}

/// What the Reporting API tells of.
enum ReportKind: String, CaseIterable, Sendable {
    case contentSecurity = "csp-violation"
    case deprecation
    case intervention
    case crash
    case networkError = "network-error"
    case permissions = "permissions-policy-violation"
    case crossOriginOpener = "coop"
    case crossOriginEmbedder = "coep"
    case documentPolicy = "document-policy-violation"
    case other
}

/// How far a request came, by Network Error Logging.
enum NetworkPhase: String, CaseIterable, Sendable {
    case dns
    case connection
    case application
    case unknown
}
