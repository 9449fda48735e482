public import Exposition
import NIOCore
import NIOHTTP1

/// An answer of a route of an exporter's own, whole.
public struct WebResponse: Sendable {
    /// The status code.
    public var status: Int
    /// Headers beside `Content-Type` and `Content-Length`.
    public var headers: [(name: String, value: String)]
    /// What the body is, `application/json`.
    public var contentType: String
    /// The body.
    public var body: [UInt8]

    /// An answer.
    public init(
        _ status: Int = 200,
        contentType: String,
        _ body: [UInt8],
        headers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
    }

    /// A line of plain text.
    public static func text(
        _ status: Int,
        _ text: String,
        headers: [(name: String, value: String)] = []
    ) -> WebResponse {
        WebResponse(status, contentType: "text/plain; charset=utf-8", Array((text + "\n").utf8), headers: headers)
    }

    /// An exposition in the format that the request asks for, compressed if it may be: the answer of a `/probe`.
    public static func exposition(
        for request: WebRequest,
        limits: MetricWriter.Limits = MetricWriter.Limits(),
        write: (inout MetricWriter) -> Void
    ) -> WebResponse {
        exposition(for: request) { form in
            var writer = MetricWriter(form: form, limits: limits)
            write(&writer)
            return [writer]
        }
    }

    /// The same of several writers, so that a part can be left out where it fails half-way.
    public static func exposition(
        for request: WebRequest,
        of writers: (ExpositionForm) -> [MetricWriter]
    ) -> WebResponse {
        let form = ExpositionForm(accept: request.headers("accept"))
        var bytes: [UInt8] = []
        _ = MetricWriter.join(writers(form), into: &bytes)
        var response = WebResponse(contentType: form.contentType, bytes, headers: [("Vary", "Accept, Accept-Encoding")])
        if ExpositionForm.acceptsGzip(request.headers("accept-encoding")), let compressed = gzip([bytes[...]]) {
            response.body = compressed
            response.headers.append(("Content-Encoding", "gzip"))
        }
        return response
    }

    var message: HTTPResponse {
        var fields = HTTPHeaders()
        fields.reserveCapacity(headers.count + 4)
        for header in headers { fields.add(name: header.name, value: Self.clean(header.value)) }
        let status = HTTPResponseStatus(statusCode: status)
        guard !body.isEmpty else { return HTTPResponse(empty: status, fields) }
        return HTTPResponse(
            status,
            contentType: Self.clean(contentType),
            [body[...]],
            fields
        )
    }

    /// Without what would begin another header: a value may hold what a client sent.
    private static func clean(_ value: String) -> String {
        let isClean = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }
        guard !isClean else { return value }
        return String(decoding: value.utf8.map { $0 >= 0x20 && $0 != 0x7F ? $0 : UInt8(ascii: " ") }, as: UTF8.self)
    }
}
