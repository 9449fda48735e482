import Synchronization

/// What a collector may know of the scrape that it works for.
public struct ScrapeContext: Sendable {
    /// When the answer leaves, with or without this collector's part.
    public let deadline: ContinuousClock.Instant
    /// The names after `collect[]=`; empty where the scraper asked for all.
    public let requestedCollectors: Set<String>

    private let cancellation: Cancellation

    /// A context with this deadline.
    public init(
        deadline: ContinuousClock.Instant,
        requestedCollectors: Set<String> = [],
        cancellation: Cancellation = Cancellation()
    ) {
        self.deadline = deadline
        self.requestedCollectors = requestedCollectors
        self.cancellation = cancellation
    }

    /// Whether nobody waits for the answer any more; long work should then stop.
    public var isCancelled: Bool { cancellation.isCancelled || ContinuousClock.now >= deadline }

    /// The time that is left, never negative.
    public var timeLeft: Duration { max(.zero, deadline - .now) }
}

/// Set once, when nobody waits for an answer any more.
public final class Cancellation: Sendable {
    private struct State {
        var isCancelled = false
        var actions: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    /// Not cancelled yet.
    public init() {}

    /// Whether `cancel` was called.
    public var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Tells all who look that they may stop, and runs what `onCancel` was given.
    public func cancel() {
        let actions = state.withLock { state in
            defer { state.actions = [] }
            state.isCancelled = true
            return state.actions
        }
        for action in actions { action() }
    }

    /// Runs the action when it is cancelled; at once where it already is.
    public func onCancel(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.isCancelled { state.actions.append(action) }
            return state.isCancelled
        }
        if isLate { action() }
    }
}
