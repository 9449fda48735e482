import NIOCore
import NIOHTTP1

/// A request, whole. A class, as it is handed on from one to the next, and each copy would retain all that it holds.
final class HTTPRequest: Sendable {
    let method: HTTPMethod
    /// The path, percent-decoded.
    let path: String
    /// The parameters of the query, decoded, in order.
    let query: [(name: String, value: String)]
    let headers: HTTPHeaders
    let body: ByteBuffer
    /// Called off when the client leaves.
    let cancellation: Cancellation
    /// Where the answer's future lives.
    let eventLoop: any EventLoop
    /// Who asks.
    let peer: Peer?

    init(
        method: HTTPMethod,
        target: RequestTarget,
        headers: HTTPHeaders = [:],
        body: ByteBuffer = ByteBuffer(),
        cancellation: Cancellation = Cancellation(),
        eventLoop: any EventLoop,
        peer: Peer? = nil
    ) {
        self.method = method
        path = target.path
        query = target.query
        self.headers = headers
        self.body = body
        self.cancellation = cancellation
        self.eventLoop = eventLoop
        self.peer = peer
    }

    /// The values of a parameter, in order.
    func parameters(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }
}

/// An answer, whole: its length is known before its first byte is sent. A class too, and one that may be given often.
final class HTTPResponse: Sendable {
    let status: HTTPResponseStatus
    let headers: HTTPHeaders
    let body: ByteBuffer
    /// What follows it, where the answer is large.
    let rest: [ArraySlice<UInt8>]
    /// How long both are together.
    let bodyBytes: Int
    /// All of it as HTTP/1.1 has it on a connection that stays, where it was rendered ahead.
    let rendered: ByteBuffer?

    private init(
        _ status: HTTPResponseStatus,
        _ headers: HTTPHeaders,
        _ body: ByteBuffer,
        _ rest: [ArraySlice<UInt8>],
        rendered: ByteBuffer? = nil
    ) {
        bodyBytes = rest.reduce(body.readableBytes) { $0 + $1.count }
        var headers = headers
        // RFC 9110 8.6: an answer that can't have content has no length either.
        if status.mayHaveResponseBody { headers.replaceOrAdd(name: "Content-Length", value: String(bodyBytes)) }
        self.status = status
        self.headers = headers
        self.body = body
        self.rest = rest
        self.rendered = rendered
    }

    /// An answer whose body this is, and then these pieces, one after the other.
    convenience init(
        _ status: HTTPResponseStatus,
        contentType: String,
        _ body: ByteBuffer,
        then rest: [ArraySlice<UInt8>] = [],
        _ headers: HTTPHeaders = [:]
    ) {
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: contentType)
        // What we send is what we say it is, whoever put it into a page.
        headers.replaceOrAdd(name: "X-Content-Type-Options", value: "nosniff")
        self.init(status, headers, body, rest)
    }

    /// An answer whose body these pieces are, one after the other.
    convenience init(
        _ status: HTTPResponseStatus,
        contentType: String,
        _ pieces: [ArraySlice<UInt8>],
        _ headers: HTTPHeaders = [:]
    ) {
        let count = pieces.reduce(0) { $0 + $1.count }
        guard count <= UnsentBody.bytesMin else {
            self.init(status, contentType: contentType, ByteBuffer(), then: pieces, headers)
            return
        }
        var body = ByteBuffer()
        body.reserveCapacity(count)
        for piece in pieces { body.writeBytes(piece) }
        self.init(status, contentType: contentType, body, headers)
    }

    /// An answer without a body, which is of no type.
    convenience init(empty status: HTTPResponseStatus, _ headers: HTTPHeaders) {
        self.init(status, headers, ByteBuffer(), [])
    }

    /// A line of plain text.
    static func text(_ status: HTTPResponseStatus, _ text: String, _ headers: HTTPHeaders = [:]) -> HTTPResponse {
        HTTPResponse(status, contentType: "text/plain; charset=utf-8", ByteBuffer(string: text + "\n"), headers)
    }

    /// The same with these headers instead of those of the same name.
    func with(_ fields: [(name: String, value: String)]) -> HTTPResponse {
        guard !fields.isEmpty else { return self }
        var headers = headers
        for field in fields { headers.replaceOrAdd(name: field.name, value: field.value) }
        return HTTPResponse(status, headers, body, rest)
    }

    /// The same, rendered ahead where it is not large: for an answer that is given often.
    func renderedAhead() -> HTTPResponse {
        guard rest.isEmpty else { return self }
        var bytes = ByteBuffer()
        bytes.writeHead(status, headers)
        bytes.writeImmutableBuffer(body)
        return HTTPResponse(status, headers, body, rest, rendered: bytes)
    }
}

/// The target of a request: its path and its query.
struct RequestTarget {
    /// More parameters than this are not looked at.
    static let parametersMax = 1024

    let path: String
    let query: [(name: String, value: String)]

    init(_ target: String) {
        // Most have neither a query nor anything encoded.
        guard target.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "%") }) else {
            path = target
            query = []
            return
        }
        var rest = target[...]
        path = Self.decoded(Self.removeFirst(from: &rest, before: "?"), plusIsBlank: false)
        var query: [(name: String, value: String)] = []
        while !rest.isEmpty, query.count < Self.parametersMax {
            var value = Self.removeFirst(from: &rest, before: "&")
            guard !value.isEmpty else { continue }
            let name = Self.removeFirst(from: &value, before: "=")
            query.append((Self.decoded(name, plusIsBlank: true), Self.decoded(value, plusIsBlank: true)))
        }
        self.query = query
    }

    /// What stands before a character; both are removed. All of it where the character is not there.
    private static func removeFirst(from text: inout Substring, before separator: Unicode.Scalar) -> Substring {
        let end = text.utf8.firstIndex(of: UInt8(ascii: separator)) ?? text.endIndex
        defer { text = end == text.endIndex ? "" : text[text.utf8.index(after: end)...] }
        return text[..<end]
    }

    /// Without percent-encoding (RFC 3986 2.1); a `%` that begins no code stands for itself.
    private static func decoded(_ text: Substring, plusIsBlank: Bool) -> String {
        let isPlain = text.utf8.allSatisfy { $0 != UInt8(ascii: "%") && !(plusIsBlank && $0 == UInt8(ascii: "+")) }
        guard !isPlain else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Bytes(Array(text.utf8))
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let code = rest.prefix(2).hex {
                bytes.append(UInt8(truncatingIfNeeded: code))
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
