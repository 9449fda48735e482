import NIOCore
import NIOHTTP1

/// Puts answers onto a connection: on HTTP/1 as bytes that are rendered here, head and body in one piece, which costs a
/// fraction of what the library's encoder does part by part; on a stream of HTTP/2 as parts, which its codec renders.
enum AnswerWriter {
    case http1
    case http2

    /// Larger bodies are not copied behind their head.
    private static let copiedBytesMax = 16 << 10

    /// Writes the beginning of an answer. With a promise, which is kept when all was sent, it is the whole answer.
    func write(
        _ status: HTTPResponseStatus,
        _ headers: HTTPHeaders,
        _ body: ByteBuffer,
        _ context: ChannelHandlerContext,
        whole promise: EventLoopPromise<Void>? = nil
    ) {
        switch self {
        case .http1:
            var bytes = context.channel.allocator.buffer(capacity: 512)
            bytes.writeHead(status, headers)
            if body.readableBytes <= Self.copiedBytesMax {
                bytes.writeImmutableBuffer(body)
            } else {
                context.write(Self.wrap(bytes), promise: nil)
                bytes = body
            }
            if let promise {
                context.writeAndFlush(Self.wrap(bytes), promise: promise)
            } else {
                context.write(Self.wrap(bytes), promise: nil)
            }
        case .http2:
            let head = HTTPResponseHead(version: .http2, status: status, headers: headers)
            context.write(Self.wrap(.head(head)), promise: nil)
            if body.readableBytes > 0 { context.write(Self.wrap(.body(.byteBuffer(body))), promise: nil) }
            if let promise { end(context, promise) }
        }
    }

    /// Writes an answer of HTTP/1 that was rendered ahead.
    func write(rendered bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(Self.wrap(bytes), promise: nil)
    }

    /// Sends a further piece of the body.
    func send(_ chunk: ByteBuffer, _ context: ChannelHandlerContext) {
        switch self {
        case .http1: context.writeAndFlush(Self.wrap(chunk), promise: nil)
        case .http2: context.writeAndFlush(Self.wrap(.body(.byteBuffer(chunk))), promise: nil)
        }
    }

    /// Ends an answer; the promise is kept when all of it was sent.
    func end(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>) {
        switch self {
        case .http1: context.writeAndFlush(Self.wrap(ByteBuffer()), promise: promise)
        case .http2: context.writeAndFlush(Self.wrap(.end(nil)), promise: promise)
        }
    }

    private static func wrap(_ bytes: ByteBuffer) -> NIOAny { NIOAny(IOData.byteBuffer(bytes)) }
    private static func wrap(_ part: HTTPServerResponsePart) -> NIOAny { NIOAny(part) }
}

extension ByteBuffer {
    /// Appends the head of an answer, RFC 9112 4 and 5. Nobody looks at its values any more: see ``WebResponse``, which
    /// makes sure that none begins a line of its own.
    mutating func writeHead(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) {
        // In one piece, as each string would ask whether there is room.
        var head = "HTTP/1.1 "
        head.reserveCapacity(512)
        head += String(status.code)
        head += " "
        head += status.reasonPhrase
        for (name, value) in headers {
            head += "\r\n"
            head += name
            head += ": "
            head += value
        }
        head += "\r\n\r\n"
        writeString(head)
    }
}
