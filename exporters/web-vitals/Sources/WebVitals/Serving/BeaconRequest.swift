import ExporterSDK

/// A request with a beacon, as far as it matters here. A copy would retain each of its texts.
struct BeaconRequest: ~Copyable {
    let method: WebMethod
    /// The parameters of the query, decoded.
    let query: [(name: String, value: String)]
    let body: Bytes
    /// The other end of the connection; nil on a unix socket.
    let peer: IPAddress?

    // Of its headers, the first of each name where one is enough.

    private(set) var origin: String?
    private(set) var referrer: String?
    private(set) var fetchMode: String?
    private(set) var userAgent: String?
    private(set) var mobileHint: String?
    private(set) var contentType: String?
    private(set) var contentEncodings: [String] = []
    private(set) var forwardedFor: [String] = []
    /// What a preflight asks to be allowed.
    private(set) var askedHeaders: [String] = []
    /// Global Privacy Control, or Do Not Track.
    private(set) var wantsPrivacy = false

    init(method: WebMethod, query: [(name: String, value: String)], body: Bytes, peer: IPAddress?) {
        self.method = method
        self.query = query
        self.body = body
        self.peer = peer
    }

    /// Takes a header; gone through once, as looking for each by its name would go through them ten times.
    mutating func take(header name: String, _ value: String) {
        switch name.utf8.count {
        case 3: if name.isHeader("dnt") { wantsPrivacy = wantsPrivacy || value == "1" }
        case 6: if name.isHeader("origin") { origin = origin ?? value }
        case 7:
            if name.isHeader("referer") { referrer = referrer ?? value }
            if name.isHeader("sec-gpc") { wantsPrivacy = wantsPrivacy || value == "1" }
        case 10: if name.isHeader("user-agent") { userAgent = userAgent ?? value }
        case 12: if name.isHeader("content-type") { contentType = contentType ?? value }
        case 14: if name.isHeader("sec-fetch-mode") { fetchMode = fetchMode ?? value }
        case 15: if name.isHeader("x-forwarded-for") { forwardedFor.append(value) }
        case 16:
            if name.isHeader("sec-ch-ua-mobile") { mobileHint = mobileHint ?? value }
            if name.isHeader("content-encoding") { contentEncodings.append(value) }
        case 30: if name.isHeader("access-control-request-headers") { askedHeaders.append(value) }
        default: break
        }
    }
}

extension BeaconRequest {
    init(_ request: WebRequest) {
        self.init(
            method: request.method,
            query: request.method == .get ? request.query : [],
            body: request.body,
            peer: request.remoteIPAddress
        )
        request.forEachHeader { take(header: $0, $1) }
    }
}

extension String {
    /// Whether it is this name of a header, which is in small letters, in any case.
    fileprivate func isHeader(_ name: StaticString) -> Bool {
        utf8.withContiguousStorageIfAvailable { bytes in
            guard bytes.count == name.utf8CodeUnitCount else { return false }
            for index in bytes.indices where bytes[index] | 0x20 != name.utf8Start[index] { return false }
            return true
        } ?? false
    }
}
