import ExporterSDK

/// A request with a beacon, as far as it matters here.
struct BeaconRequest {
    var method: WebMethod
    /// The parameters of the query, decoded.
    var query: [(name: String, value: String)]
    var body: Bytes
    /// The other end of the connection; nil on a unix socket.
    var remoteAddress: String?
    /// The values of a header, by its name in lower case.
    var headers: (String) -> [String]
    /// The first of them.
    var header: (String) -> String?
}

extension BeaconRequest {
    init(_ request: WebRequest) {
        method = request.method
        query = request.method == .get ? request.query : []
        body = request.body
        remoteAddress = request.remoteAddress
        headers = { request.headers($0) }
        header = { request.header($0) }
    }
}
