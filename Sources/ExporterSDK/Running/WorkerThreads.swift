import CLinux
import Dispatch
import Glibc
import Synchronization

/// Threads for work that may block, apart from Swift's cooperative pool and the event loops, which must never wait.
///
/// A thread that is done waits half a minute for more work and then ends, so a process at rest has one at most.
package final class WorkerThreads: Sendable {
    /// A thread at rest: where its next work is put, and what wakes it.
    private final class Worker: Sendable {
        let work = Mutex<(@Sendable () -> Void)?>(nil)
        let wake = DispatchSemaphore(value: 0)
    }

    private static let stackBytes = 1 << 20
    private static let rest = DispatchTimeInterval.seconds(30)

    private let name: String
    private let idle = Mutex<[Worker]>([])

    /// Threads of this name (15 bytes at most, says prctl(2)).
    package init(name: String) { self.name = name }

    /// Runs the work on a thread of its own; returns at once. False where the system has no thread left.
    @discardableResult
    package func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        if let worker = idle.withLock({ $0.popLast() }) {
            worker.work.withLock { $0 = work }
            worker.wake.signal()
            return true
        }
        let worker = Worker()
        worker.work.withLock { $0 = work }
        return Self.startThread(name: name) { [self] in serve(worker) }
    }

    private func serve(_ worker: Worker) {
        while true {
            let work = worker.work.withLock { slot in
                defer { slot = nil }
                return slot
            }
            work?()
            idle.withLock { $0.append(worker) }
            if worker.wake.wait(timeout: .now() + Self.rest) == .success { continue }
            let wasStillIdle = idle.withLock { idle in
                guard let index = idle.firstIndex(where: { $0 === worker }) else { return false }
                idle.remove(at: index)
                return true
            }
            if wasStillIdle { return }
            // Work was given in the very moment in which the wait ended.
            worker.wake.wait()
        }
    }

    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static func startThread(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackBytes)
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                _ = clinux_name_this_thread(start.name)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        if result != 0 { start.release() }
        return result == 0
    }
}
