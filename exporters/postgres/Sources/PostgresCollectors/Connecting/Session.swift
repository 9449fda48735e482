import CLibPQ
import Dispatch
import ExporterSDK
import Synchronization

/// One connection that is kept, and the thread that asks over it: batches are served one after another.
///
/// Whatever the server does, a batch ends by its deadline; the connection is then closed, and the server's process told
/// to stop, so none is left behind.
final class Session: Sendable {
    private struct Queue {
        var batches: [Batch] = []
        var isServed = false
        var isClosed = false
    }

    private let settings: ConnectionSettings
    private let limits: SessionLimits
    /// The names in the catalogs that the collectors ask for.
    private let mentions: @Sendable () -> Set<CatalogName>
    private let counters: SessionCounters
    /// Shared, so that a session that is over leaves its thread to the next.
    private static let threads = WorkerThreads(name: "postgres")
    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)

    init(
        _ settings: ConnectionSettings,
        _ limits: SessionLimits,
        counters: SessionCounters,
        mentions: @escaping @Sendable () -> Set<CatalogName>
    ) {
        self.settings = settings
        self.limits = limits
        self.counters = counters
        self.mentions = mentions
    }

    /// Has a batch asked as soon as those before it are done.
    func submit(_ batch: Batch) {
        let needsThread = queue.withLock { queue in
            queue.batches.append(batch)
            defer { queue.isServed = true }
            return !queue.isServed
        }
        guard needsThread else {
            wake.signal()
            return
        }
        if !Self.threads.run({ [self] in serve() }) {
            queue.withLock { $0.isServed = false }
            batch.end(BatchSummary(error: "the system has no thread left"))
        }
    }

    /// Ends the thread, and with it the connection, when what is under way is done.
    func close() {
        queue.withLock { $0.isClosed = true }
        wake.signal()
    }

    /// The thread's work, for as long as the session is open.
    private func serve() {
        var state = SessionState(settings, limits, counters, mentions)
        while true {
            let (next, isClosed) = queue.withLock { queue in
                (queue.batches.isEmpty ? nil : queue.batches.removeFirst(), queue.isClosed)
            }
            if let next {
                state.serve(next)
            } else if isClosed {
                return
            } else {
                wake.wait()
            }
        }
    }
}

/// How long a session may take for what.
struct SessionLimits: Sendable {
    var connect = Duration.seconds(5)
    /// A statement that waits for a lock is given up after this: what we ask must never stand in a queue of locks.
    var lock = Duration.seconds(1)
    var statement = Duration.seconds(5)
    /// A batch, whatever the scraper's deadline is.
    var batch = Duration.seconds(60)
    /// How much before the scraper's deadline what there is must be there, to be written in time.
    var margin = Duration.milliseconds(200)
    /// Rows of an answer that are kept: what a server holds has no limit, the memory here has.
    var rows = 50_000
    /// Statements that a connection prepares: their text is ours, but custom queries may be many.
    var prepared = 512

    /// The margin where so much time is left: a scraper in a hurry must not lose all of its time to it.
    func margin(of left: Duration) -> Duration { min(margin, max(.zero, left) / 5) }
}

/// What a session counts.
final class SessionCounters: Sendable {
    /// Connections that were opened.
    let connections = Atomic(0)
    /// Attempts to connect that failed.
    let failures = Atomic(0)
    /// Batches that were given up, and the connection with them.
    let giveUps = Atomic(0)
    /// Answers with more rows than are kept.
    let cutAnswers = Atomic(0)
    /// Statements that were sent as they are because no more may be prepared.
    let unprepared = Atomic(0)
}
