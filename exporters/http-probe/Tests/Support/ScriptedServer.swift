import ExporterSDK
import Glibc
import Synchronization

/// A listener on a port of 127.0.0.1 that the system chose; port 0 where it gave none.
private func listen(backlog: Int32) -> (socket: Int32, port: Int) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            guard bind(listener, generic, length) == 0, Glibc.listen(listener, backlog) == 0 else { return false }
            return getsockname(listener, generic, &length) == 0
        }
    }
    return (listener, isBound ? Int(UInt16(bigEndian: address.sin_port)) : 0)
}

/// A server that lets the system take connections, and never looks at them.
final class SilentServer: Sendable {
    let port: Int
    private let socket: Int32

    init() { (socket, port) = listen(backlog: 4096) }

    deinit { close(socket) }
}

/// A server on a port of 127.0.0.1 that does, byte by byte, what a test says.
final class ScriptedServer: Sendable {
    /// A request as it came.
    struct Heard: Sendable {
        var method = ""
        var target = ""
        /// Names in lower case.
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []

        subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    /// What the server does, one after the other; then it closes the connection.
    enum Action: Sendable {
        case send([UInt8])
        case pause(milliseconds: Int)
        /// Sends the bytes again and again until the client leaves.
        case repeatForever([UInt8])
        /// Until the client leaves.
        case hang
        case reset
    }

    let port: Int
    private let socket: Int32
    private let heardRequests = Mutex<[Heard]>([])
    private let threads = WorkerThreads(name: "test server")

    /// Serves until it is gone. One that does not hear speaks at once.
    init(hears: Bool = true, _ respond: @escaping @Sendable (Heard) -> [Action]) {
        let (listener, port) = listen(backlog: 1024)
        self.port = port
        socket = listener
        threads.run { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                // Closed here and not before, as its number would be that of the next server, whose connections would
                // be taken here.
                guard connection >= 0 else {
                    close(listener)
                    return
                }
                guard let self else {
                    close(connection)
                    continue
                }
                threads.run { [weak self] in
                    let heard = hears ? Self.hear(connection) : Heard()
                    self?.heardRequests.withLock { $0.append(heard) }
                    Self.act(respond(heard), on: connection)
                    close(connection)
                }
            }
        }
    }

    /// Whoever accepts sees that nobody is to come any more.
    deinit { shutdown(socket, Int32(SHUT_RDWR)) }

    var url: String { "http://127.0.0.1:\(port)" }

    /// All that was asked.
    var heard: [Heard] { heardRequests.withLock { $0 } }

    /// Answers every request alike.
    convenience init(_ actions: Action...) { self.init { _ in actions } }

    private static func hear(_ connection: Int32) -> Heard {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        let end = Array("\r\n\r\n".utf8)
        func headEnd() -> Int? {
            bytes.count < 4 ? nil : (0...bytes.count - 4).first { bytes[$0..<$0 + 4].elementsEqual(end) }
        }
        func read() -> Bool {
            let count = recv(connection, &chunk, chunk.count, 0)
            if count > 0 { bytes += chunk[..<count] }
            return count > 0
        }
        while headEnd() == nil { guard read() else { return Heard() } }
        guard let head = headEnd() else { return Heard() }
        var heard = Heard()
        let lines = String(decoding: bytes[..<head], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        heard.method = words.first.map(String.init) ?? ""
        heard.target = words.dropFirst().first.map(String.init) ?? ""
        for line in lines.dropFirst() {
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            heard.headers.append((line[..<colon].lowercased(), String(line[colon...].dropFirst().drop { $0 == " " })))
        }
        let length = heard["content-length"].flatMap { Int($0) } ?? 0
        while bytes.count < head + 4 + length { guard read() else { break } }
        heard.body = Array(bytes[(head + 4)...])
        return heard
    }

    private static func act(_ actions: [Action], on connection: Int32) {
        func send(_ bytes: [UInt8]) -> Bool {
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes {
                    Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return false }
                rest = rest.dropFirst(sent)
            }
            return true
        }
        for action in actions {
            switch action {
            case .send(let bytes): _ = send(bytes)
            case .pause(let milliseconds): usleep(UInt32(milliseconds) * 1000)
            case .repeatForever(let bytes): while send(bytes) {}
            case .hang:
                var byte: UInt8 = 0
                while recv(connection, &byte, 1, 0) > 0 {}
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
            }
        }
    }
}

extension ScriptedServer.Action {
    /// A text as it is.
    static func text(_ text: String) -> Self { .send(Array(text.utf8)) }

    /// A whole answer of HTTP/1.1 with its length.
    static func answer(_ status: Int = 200, _ headers: [String] = [], body: [UInt8] = [], length: Int? = nil) -> Self {
        let lines = ["HTTP/1.1 \(status) x", "Content-Length: \(length ?? body.count)", "Connection: close"] + headers
        return .send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    /// The same with a text.
    static func answer(_ status: Int = 200, _ headers: [String] = [], _ text: String) -> Self {
        answer(status, headers, body: Array(text.utf8))
    }
}
