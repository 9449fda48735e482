import Glibc
import NIOCore
import NIOPosix

/// Where to listen: `:9100`, `127.0.0.1:9100`, `[::1]:9100`, `unix:/run/exporter.sock`, or a socket given by systemd.
enum ListenAddress: Sendable, Equatable {
    /// Every address of the host; IPv4's too where the system has IPv6.
    case port(Int)
    case host(String, port: Int)
    case unixSocket(path: String)
    /// A listening socket that was there before the process; see sd_listen_fds(3).
    case inherited(descriptor: Int32)

    init(_ text: String) throws(UsageError) {
        if let path = Bytes(text).dropping(prefix: "unix:")?.text {
            guard path.hasPrefix("/") else {
                throw UsageError("listen address \"\(text)\": a unix socket needs an absolute path, unix:/path")
            }
            self = .unixSocket(path: path)
            return
        }
        let digits = text.lastIndex(of: ":").map { Bytes(String(text[text.index(after: $0)...])) }
        guard let colon = text.lastIndex(of: ":"), let port = digits?.int.flatMap(UInt16.init(exactly:)) else {
            throw UsageError("listen address \"\(text)\" is none of :PORT, HOST:PORT, [IPV6]:PORT, unix:/PATH")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw UsageError("listen address \"\(text)\": an IPv6 address needs brackets, [::1]:9100")
        }
        self = host.isEmpty ? .port(Int(port)) : .host(String(host), port: Int(port))
    }

    /// The sockets that systemd hands over: descriptors from 3, as many as `LISTEN_FDS` says, if they are for us.
    static func fromSystemd(_ environment: (String) -> String?) throws(UsageError) -> [ListenAddress] {
        guard environment("LISTEN_PID") == String(getpid()),
            let count = environment("LISTEN_FDS").flatMap({ Int32($0) }),
            (1...64).contains(count)
        else {
            throw UsageError("--web.systemd-socket: systemd gave no socket; is there an enabled .socket unit?")
        }
        return (0..<count).map { .inherited(descriptor: 3 + $0) }
    }

    /// Whatever else the number stands for would be waited on for ever.
    private static func isListening(_ descriptor: Int32) -> Bool {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0
    }

    var text: String {
        switch self {
        case .port(let port): ":\(port)"
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unixSocket(let path): "unix:\(path)"
        case .inherited(let descriptor): "systemd socket \(descriptor)"
        }
    }

    /// The address as a browser would have it.
    static func text(_ address: SocketAddress) -> String {
        if let path = address.pathname, !path.isEmpty { return "unix:\(path)" }
        let host = address.ipAddress ?? "?"
        return host.contains(":") ? "[\(host)]:\(address.port ?? 0)" : "\(host):\(address.port ?? 0)"
    }

    /// Begins to listen. Blocks, so never call it on an event loop.
    func bind(_ bootstrap: ServerBootstrap) throws -> any Channel {
        switch self {
        case .port(let port):
            do {
                return try bootstrap.bind(host: "::", port: port).wait()
            } catch let error as IOError where error.errnoCode != EADDRINUSE {
                // A host without IPv6.
                return try bootstrap.bind(host: "0.0.0.0", port: port).wait()
            }
        case .host(let host, let port): return try bootstrap.bind(host: host, port: port).wait()
        case .unixSocket(let path):
            return try bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).wait()
        case .inherited(let descriptor):
            guard Self.isListening(descriptor) else {
                throw UsageError("--web.systemd-socket: descriptor \(descriptor) is no socket that listens")
            }
            return try bootstrap.withBoundSocket(descriptor).wait()
        }
    }

    /// Why binding failed, in a line that says what to do.
    func explain(_ error: any Error) -> UsageError {
        if let error = error as? UsageError { return error }
        guard let code = (error as? IOError)?.errnoCode else { return UsageError("can't listen on \(text): \(error)") }
        switch code {
        case EADDRINUSE:
            return UsageError(
                "can't listen on \(text): another process does; stop it or choose --web.listen-address=:PORT"
            )
        case EACCES:
            return UsageError("can't listen on \(text): not allowed; ports below 1024 need CAP_NET_BIND_SERVICE")
        default: return UsageError("can't listen on \(text): \(SystemError(code: code))")
        }
    }
}
