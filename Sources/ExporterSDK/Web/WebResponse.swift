public import Exposition
import NIOCore
import NIOHTTP1

/// An answer of a route of an exporter's own, whole.
public struct WebResponse: Sendable {
    let message: HTTPResponse

    private init(_ message: HTTPResponse) { self.message = message }

    /// An answer: its status code, what its body is, such as `application/json`, the body, and headers beside
    /// `Content-Type` and `Content-Length`.
    public init(
        _ status: Int = 200,
        contentType: String,
        _ body: [UInt8],
        headers: [(name: String, value: String)] = []
    ) {
        let fields = Self.clean(headers)
        let status = HTTPResponseStatus(statusCode: status)
        self.init(HTTPResponse(status, contentType: Self.clean(contentType), [body[...]], fields))
    }

    /// An answer without a body.
    public init(empty status: Int, headers: [(name: String, value: String)] = []) {
        self.init(HTTPResponse(empty: HTTPResponseStatus(statusCode: status), Self.clean(headers)))
    }

    /// The same answer, made ready for sending: for one that is given often.
    public func renderedAhead() -> WebResponse { WebResponse(message.renderedAhead()) }

    /// The status code.
    public var status: Int { Int(message.status.code) }
    /// All of its headers, in order.
    public var headers: [(name: String, value: String)] { message.headers.map { ($0.name, $0.value) } }
    /// The body.
    public var body: [UInt8] { message.rest.reduce(into: Array(message.body.readableBytesView)) { $0 += $1 } }

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
        var headers = [(name: "Vary", value: "Accept, Accept-Encoding")]
        if ExpositionForm.acceptsGzip(request.headers("accept-encoding")), let compressed = gzip([bytes[...]]) {
            bytes = compressed
            headers.append(("Content-Encoding", "gzip"))
        }
        return WebResponse(contentType: form.contentType, bytes, headers: headers)
    }

    private static func clean(_ headers: [(name: String, value: String)]) -> HTTPHeaders {
        var fields = HTTPHeaders()
        fields.reserveCapacity(headers.count + 4)
        for header in headers { fields.add(name: header.name, value: clean(header.value)) }
        return fields
    }

    /// Without what would begin another header: a value may hold what a client sent.
    private static func clean(_ value: String) -> String {
        let isClean = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }
        guard !isClean else { return value }
        return String(decoding: value.utf8.map { $0 >= 0x20 && $0 != 0x7F ? $0 : UInt8(ascii: " ") }, as: UTF8.self)
    }
}
