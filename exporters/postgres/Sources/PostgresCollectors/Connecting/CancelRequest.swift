import CLibPQ
import ExporterSDK
import Synchronization

/// Requests to servers to stop a statement, sent on a thread of its own, one at a time.
///
/// libpq's call opens a connection and waits for the server to close it, as long as TCP waits. While that hangs, further
/// requests are left out: the server's own `statement_timeout` and the closed connection end the statement as well.
enum CancelRequest {
    private static let threads = WorkerThreads(name: "cancel")
    private static let isUnderWay = Atomic(false)

    /// Takes the request over; the corresponding C function is `PQcancel`.
    static func send(_ request: OpaquePointer) {
        let isFree = !isUnderWay.exchange(true, ordering: .acquiringAndReleasing)
        // As a number, which may go to another thread; libpq allows that for what a request is made of.
        let address = Int(bitPattern: request)
        guard isFree, threads.run({ perform(address) }) else {
            PQfreeCancel(request)
            if isFree { isUnderWay.store(false, ordering: .releasing) }
            return
        }
    }

    private static func perform(_ address: Int) {
        defer { isUnderWay.store(false, ordering: .releasing) }
        guard let request = OpaquePointer(bitPattern: address) else { return }
        defer { PQfreeCancel(request) }
        var message = [CChar](repeating: 0, count: 256)
        _ = PQcancel(request, &message, Int32(message.count))
    }
}
