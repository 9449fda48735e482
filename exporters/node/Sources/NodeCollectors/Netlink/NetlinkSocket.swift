import CLinux
import ExporterSDK
import Glibc
import Synchronization

/// A socket on which the kernel is asked for all it has of something, such as all network interfaces.
///
/// It stays open between scrapes, is opened anew after an error, and is asked by one thread at a time. See netlink(7).
final class NetlinkSocket: Sendable {
    /// What the kernel puts in one answer at most, but for single messages that are larger.
    private static let bufferBytes = 32 << 10
    private static let bufferBytesMax = 4 << 20
    /// How often a request is repeated when its answer was interrupted by a change, or did not fit.
    private static let attemptsMax = 3

    private let netlinkProtocol: Int32
    private let state = Mutex(State())

    /// A socket of this protocol, `NETLINK_ROUTE` for one; it is opened when it is first used.
    init(_ netlinkProtocol: Int32) { self.netlinkProtocol = netlinkProtocol }

    deinit { state.withLock { $0.close() } }

    /// Asks for all of something, and returns what `parse` makes of the messages of the answer.
    ///
    /// An answer that a change interrupted may lack things or have them twice; so it is asked for again, and the third
    /// one taken as it is: where something changes all the time, no answer would ever be whole.
    func dump<Item: Sendable>(
        _ type: Int32,
        _ body: [UInt8],
        deadline: ContinuousClock.Instant,
        parse: (NetlinkMessage) -> Item?
    ) throws(SystemError) -> [Item] {
        try state.withLock { state throws(SystemError) in
            var items: [Item] = []
            do throws(SystemError) {
                for _ in 0..<Self.attemptsMax {
                    items.removeAll(keepingCapacity: true)
                    try state.open(netlinkProtocol)
                    try state.send(type, body)
                    let end = try state.receive(deadline) { message in
                        if let item = parse(message) { items.append(item) }
                    }
                    switch end {
                    case .complete: return items
                    case .interrupted: continue
                    case .tooLarge(let bytes):
                        // What is still on its way belongs to the answer that did not fit.
                        state.close()
                        guard bytes <= Self.bufferBytesMax else { throw SystemError(code: EMSGSIZE) }
                        state.buffer = [UInt8](repeating: 0, count: bytes)
                    }
                }
                return items
            } catch {
                state.close()
                throw error
            }
        }
    }

    private enum End {
        case complete
        case interrupted
        case tooLarge(Int)
    }

    private struct State {
        var descriptor: Int32 = -1
        var port: UInt32 = 0
        var sequence: UInt32 = 0
        var buffer: [UInt8] = []

        mutating func open(_ netlinkProtocol: Int32) throws(SystemError) {
            guard descriptor < 0 else { return }
            descriptor = try SystemError.check {
                socket(AF_NETLINK, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), netlinkProtocol)
            }
            if buffer.isEmpty { buffer = [UInt8](repeating: 0, count: NetlinkSocket.bufferBytes) }
            // An answer that does not come is looked after each second, for a deadline that has passed meanwhile.
            var patience = timeval(tv_sec: 1, tv_usec: 0)
            let size = socklen_t(MemoryLayout<timeval>.size)
            let descriptor = descriptor
            _ = try SystemError.check { setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size) }
            port = try Self.bind(descriptor)
        }

        mutating func close() {
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }

        /// Gives the socket a port, which is how answers to it are told from others, and returns it.
        private static func bind(_ descriptor: Int32) throws(SystemError) -> UInt32 {
            var address = sockaddr_nl()
            address.nl_family = sa_family_t(AF_NETLINK)
            var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
            _ = try SystemError.check {
                withSocketAddress(&address) { address in Glibc.bind(descriptor, address, length) }
            }
            _ = try SystemError.check {
                withSocketAddress(&address) { address in getsockname(descriptor, address, &length) }
            }
            return address.nl_pid
        }

        mutating func send(_ type: Int32, _ body: [UInt8]) throws(SystemError) {
            sequence &+= 1
            var request: [UInt8] = []
            request.append(number: UInt32(truncatingIfNeeded: 16 + body.count))
            request.append(number: UInt16(truncatingIfNeeded: type))
            request.append(number: UInt16(truncatingIfNeeded: NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH))
            request.append(number: sequence)
            request.append(number: port)
            request += body
            let descriptor = descriptor
            _ = try SystemError.check { Glibc.send(descriptor, request, request.count, 0) }
        }

        /// Hands over each message of the answer to the last request, until the one that says that it was the last.
        mutating func receive(
            _ deadline: ContinuousClock.Instant,
            _ handle: (NetlinkMessage) -> Void
        ) throws(SystemError) -> End {
            var wasInterrupted = false
            while true {
                guard let count = try receiveOnce(deadline) else { continue }
                guard count <= buffer.count else { return .tooLarge(count) }
                for message in NetlinkMessages(buffer[..<count]) {
                    guard message.sequence == sequence, message.port == port else { continue }
                    if message.flags & UInt16(NLM_F_DUMP_INTR) != 0 { wasInterrupted = true }
                    switch Int32(message.type) {
                    case NLMSG_DONE, NLMSG_ERROR:
                        // Both carry an error, negated, or zero; DONE may carry nothing.
                        let code: Int32 = message.payload.number() ?? 0
                        guard code >= 0 else { throw SystemError(code: 0 &- code) }
                        return wasInterrupted ? .interrupted : .complete
                    case NLMSG_NOOP: continue
                    default: handle(message)
                    }
                }
            }
        }

        /// Receives into the buffer and returns how much there was, which may be more than fits; nil where the sender
        /// was not the kernel, or nothing came in time.
        private mutating func receiveOnce(_ deadline: ContinuousClock.Instant) throws(SystemError) -> Int? {
            guard ContinuousClock.now < deadline else { throw SystemError(code: ETIMEDOUT) }
            var sender = sockaddr_nl()
            var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
            let descriptor = descriptor
            do throws(SystemError) {
                let count = try SystemError.check {
                    buffer.withUnsafeMutableBytes { bytes in
                        withSocketAddress(&sender) { sender in
                            recvfrom(
                                descriptor,
                                bytes.baseAddress,
                                bytes.count,
                                Int32(MSG_TRUNC),
                                sender,
                                &length
                            )
                        }
                    }
                }
                return sender.nl_pid == 0 ? count : nil
            } catch {
                if error.code == EAGAIN { return nil }
                throw error
            }
        }
    }
}

/// A netlink address as the socket calls take addresses.
private func withSocketAddress<Result>(
    _ address: inout sockaddr_nl,
    _ body: (UnsafeMutablePointer<sockaddr>) -> Result
) -> Result {
    withUnsafeMutablePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
}
