import Glibc
import Synchronization

/// A server of expositions for a scraper, in this process: the least of HTTP that a scraper needs.
final class ExpositionServer: Sendable {
    /// What is answered: the type of the body, and the body.
    struct Answer: Sendable {
        var contentType: String
        var body: [UInt8]
    }

    /// The port of 127.0.0.1 that it listens on.
    let port: UInt16

    private let listener: Int32
    private let answers: @Sendable (_ path: String, _ accept: [String]) -> Answer
    private let asked = Mutex<[String: [String]]>([:])

    /// Starts it. `answers` gives what a path has for an `Accept` header; throws where there is no free port.
    init(_ answers: @escaping @Sendable (_ path: String, _ accept: [String]) -> Answer) throws {
        self.answers = answers
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        guard isBound else {
            close(listener)
            throw ServerError()
        }
        // A thread of its own: what blocks must not hold those of tasks. It ends when the listener is shut down.
        startThread { [weak self, listener] in
            while case let connection = Glibc.accept(listener, nil, nil), connection >= 0 {
                self?.serve(connection)
                close(connection)
            }
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// The `Accept` headers of the last request for a path.
    func accept(of path: String) -> [String] { asked.withLock { $0[path] ?? [] } }

    private func serve(_ connection: Int32) {
        var timeout = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var request: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: request, as: UTF8.self).hasSuffix("\r\n\r\n") {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0, request.count < 65536 else { return }
            request += chunk[..<count]
        }
        let lines = String(decoding: request, as: UTF8.self).split(separator: "\r\n")
        let path = lines.first?.split(separator: " ").dropFirst().first.map(String.init) ?? "/"
        let accept = lines.compactMap { line -> String? in
            guard line.lowercased().hasPrefix("accept:") else { return nil }
            return String(line.dropFirst("accept:".count))
        }
        asked.withLock { $0[path] = accept }
        let answer = answers(path, accept)
        let head = """
            HTTP/1.1 200 OK\r
            Content-Type: \(answer.contentType)\r
            Content-Length: \(answer.body.count)\r
            Connection: close\r
            \r

            """
        var rest = (Array(head.utf8) + answer.body)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private struct ServerError: Error {}
}

/// Runs this on a thread of its own.
private func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
        &thread,
        nil,
        { context in
            if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
            return nil
        },
        Unmanaged.passRetained(Box(body)).toOpaque()
    )
    pthread_detach(thread)
}
