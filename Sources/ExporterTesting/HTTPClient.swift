import Glibc

/// A small blocking HTTP/1.1 client on a socket of its own, which can also misbehave: a test says each byte.
public struct HTTPClient: Sendable {
    /// An answer.
    public struct Response: Sendable {
        /// The status code.
        public let status: Int
        /// The headers in order; names in lower case.
        public let headers: [(name: String, value: String)]
        /// The body as it came, not decompressed.
        public let body: [UInt8]

        /// The body as text.
        public var text: String { String(decoding: body, as: UTF8.self) }

        /// The value of the first header of this name, which is given in lower case.
        public subscript(header name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    /// The port on 127.0.0.1.
    public let port: UInt16

    /// A client of a server on 127.0.0.1.
    public init(port: UInt16) { self.port = port }

    /// Sends a request on a connection of its own and reads the whole answer. Headers are lines, `Name: value`.
    public func request(
        _ method: String,
        _ target: String,
        headers: [String] = [],
        body: [UInt8] = [],
        timeoutSeconds: Int = 20
    ) throws -> Response {
        let connection = try connect(timeoutSeconds: timeoutSeconds)
        var lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"] + headers
        if !body.isEmpty { lines.append("Content-Length: \(body.count)") }
        try connection.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        try connection.send(body)
        return try connection.readResponse(hasBody: method != "HEAD")
    }

    /// Opens a connection and says nothing.
    public func connect(timeoutSeconds: Int = 20) throws -> Connection {
        try Connection(port: port, timeoutSeconds: timeoutSeconds)
    }

    /// A connection whose every byte the test decides.
    public final class Connection: Sendable {
        private let descriptor: Int32

        init(port: UInt16, timeoutSeconds: Int) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
            let length = socklen_t(MemoryLayout<timeval>.size)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, length)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, length)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    Glibc.connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else { throw ProgramError("no connection to port \(port): error \(errno)") }
        }

        deinit { close(descriptor) }

        /// Sends bytes.
        public func send(_ bytes: [UInt8]) throws {
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { throw ProgramError("the server does not take more: error \(errno)") }
                rest = rest.dropFirst(sent)
            }
        }

        /// Sends text.
        public func send(_ text: String) throws { try send(Array(text.utf8)) }

        /// Says that nothing more will be sent, and goes on reading.
        public func shutDownSending() { shutdown(descriptor, Int32(SHUT_WR)) }

        /// Makes the end of this connection a reset: the server is told that nobody is there any more.
        public func endWithReset() {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        }

        /// Reads what has come, at most this many bytes; nothing at the end or when the time is up.
        public func read(_ count: Int = 65536) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            let received = recv(descriptor, &bytes, count, 0)
            return received > 0 ? Array(bytes[..<received]) : []
        }

        /// Whether the server has closed the connection, after reading all that it sent.
        public func isClosedByServer() -> Bool {
            while true {
                var bytes = [UInt8](repeating: 0, count: 65536)
                let received = recv(descriptor, &bytes, bytes.count, 0)
                if received == 0 { return true }
                if received < 0 { return errno == ECONNRESET }
            }
        }

        /// Whether the server has closed the connection by now, without waiting for it.
        public var isClosedAlready: Bool {
            var byte: UInt8 = 0
            let received = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
            return received == 0 || (received < 0 && errno != EAGAIN)
        }

        /// Reads one answer: its head, and as much as its `Content-Length` says.
        public func readResponse(hasBody: Bool = true) throws -> Response {
            var bytes: [UInt8] = []
            var headEnd: Int?
            while headEnd == nil {
                let chunk = read()
                guard !chunk.isEmpty else { throw ProgramError("no answer, only \(bytes.count) bytes") }
                bytes += chunk
                headEnd = Self.headEnd(in: bytes)
            }
            guard let headEnd else { throw ProgramError("no head") }
            let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
            let headers = lines.dropFirst().map { line in
                let colon = line.firstIndex(of: ":") ?? line.endIndex
                let value = line[colon...].dropFirst().drop { $0 == " " }
                return (name: line[..<colon].lowercased(), value: String(value))
            }
            let words = (lines.first ?? "").split(separator: " ")
            guard words.count > 1, let status = Int(words[1]) else { throw ProgramError("no status line") }
            var body = Array(bytes[(headEnd + 4)...])
            let length = hasBody ? headers.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0 : 0
            while body.count < length {
                let chunk = read()
                guard !chunk.isEmpty else {
                    throw ProgramError("the body ended after \(body.count) of \(length) bytes")
                }
                body += chunk
            }
            return Response(status: status, headers: headers, body: body)
        }

        private static func headEnd(in bytes: [UInt8]) -> Int? {
            let end = Array("\r\n\r\n".utf8)
            guard bytes.count >= end.count else { return nil }
            return (0...bytes.count - end.count).first { bytes[$0..<$0 + end.count].elementsEqual(end) }
        }
    }
}
