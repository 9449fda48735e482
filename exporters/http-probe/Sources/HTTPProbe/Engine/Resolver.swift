import ExporterSDK
import Glibc
import Synchronization

/// Asks the system for the addresses of names, on a bounded number of threads.
///
/// A question that hangs can't be taken back: its thread stays until the system gives up, and whoever asked goes on at
/// its deadline. The corresponding C function is `getaddrinfo`.
final class Resolver: Sendable {
    enum Answer: Sendable {
        case addresses([IPAddress])
        case failed(String)
    }

    private struct Question: Sendable {
        let host: String
        let deadline: UInt64
        let answer: @Sendable (Answer) -> Void
    }

    private struct State {
        var waiting: [Question] = []
        var next = 0
        var busy = 0
    }

    private let threads = WorkerThreads(name: "resolver")
    private let threadsMax: Int
    private let look: @Sendable (String) -> Answer
    private let state = Mutex(State())

    private static let addressesMax = 64

    /// A resolver that asks the system, or whom a test says.
    init(threadsMax: Int, look: @escaping @Sendable (String) -> Answer = Resolver.askSystem) {
        self.threadsMax = max(1, threadsMax)
        self.look = look
    }

    /// Asks for the addresses of a name; the answer comes on another thread, unless its deadline is past by then.
    func ask(_ host: String, until deadline: UInt64, _ answer: @escaping @Sendable (Answer) -> Void) {
        let startsThread = state.withLock { state in
            state.waiting.append(Question(host: host, deadline: deadline, answer: answer))
            guard state.busy < threadsMax else { return false }
            state.busy += 1
            return true
        }
        guard startsThread, !threads.run({ [self] in work() }) else { return }
        state.withLock { $0.busy -= 1 }
        answer(.failed("the system has no thread left"))
    }

    private func work() {
        while let question = take() {
            guard question.deadline > monotonicNow() else { continue }
            question.answer(look(question.host))
        }
    }

    private func take() -> Question? {
        state.withLock { state in
            guard state.next < state.waiting.count else {
                state.waiting.removeAll(keepingCapacity: true)
                state.next = 0
                state.busy -= 1
                return nil
            }
            defer { state.next += 1 }
            if state.next > 1024 {
                state.waiting.removeFirst(state.next)
                state.next = 0
            }
            return state.waiting[state.next]
        }
    }

    /// What the system says: files, name servers, whatever it is set up to ask.
    @Sendable static func askSystem(_ host: String) -> Answer {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &found)
        defer { if found != nil { freeaddrinfo(found) } }
        guard code == 0 else { return .failed(String(cString: gai_strerror(code))) }
        var addresses: [IPAddress] = []
        var item = found
        while let current = item, addresses.count < addressesMax {
            if let raw = current.pointee.ai_addr, let address = IPAddress(raw), !addresses.contains(address) {
                addresses.append(address)
            }
            item = current.pointee.ai_next
        }
        return .addresses(addresses)
    }
}
