import NIOCore

/// Who is at the other end of a connection, made out once for all of its requests.
final class Peer: Sendable {
    /// The address without its port, as people write it; nil on a unix socket.
    let text: String?
    let address: IPAddress?

    init(_ address: SocketAddress?) {
        text = address?.ipAddress
        self.address = text.flatMap { IPAddress($0) }
    }
}
