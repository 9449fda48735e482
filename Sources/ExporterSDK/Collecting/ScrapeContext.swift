import Synchronization

/// What a collector may know of the scrape that it works for.
public struct ScrapeContext: Sendable {
    /// When the answer leaves, with or without this collector's part.
    public let deadline: ContinuousClock.Instant
    /// The names after `collect[]=`; empty where the scraper asked for all.
    public let requestedCollectors: Set<String>
    /// The names of the collectors that run in this scrape; nil where nobody said, as in tests of one collector.
    public private(set) var collectors: Set<String>?

    private let cancellation: Cancellation
    private let shelf = Shelf()

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

    /// The same scrape, with the collectors that run in it.
    package func running(_ collectors: Set<String>) -> ScrapeContext {
        var context = self
        context.collectors = collectors
        return context
    }

    /// What the collectors of one scrape share, such as the answers to all their questions, asked at once.
    ///
    /// The first collector that wants it makes it, and the others get the same; `owner` tells whose it is. `make` must
    /// not take long, as the others wait meanwhile: let it start the work, and let each wait for its own part.
    public func shared<Value: Sendable>(by owner: AnyObject, _ make: () -> Value) -> Value {
        shelf.values.withLock { values in
            if let value = values[ObjectIdentifier(owner)] as? Value { return value }
            let value = make()
            values[ObjectIdentifier(owner)] = value
            return value
        }
    }

    private final class Shelf: Sendable {
        let values = Mutex<[ObjectIdentifier: any Sendable]>([:])
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
        var isInputOver = false
        var needsInput = false
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

    /// Takes a client that says no more for one that has left. Over TCP the two look alike until something is sent to
    /// it, which work of many seconds can't wait for; who only closes its own side then gets no answer worth having.
    public func cancelWhenInputEnds() {
        let isLate = state.withLock { state in
            state.needsInput = true
            return state.isInputOver
        }
        if isLate { cancel() }
    }

    /// To be called when the client has closed its side of the connection.
    func inputEnded() {
        let ends = state.withLock { state in
            state.isInputOver = true
            return state.needsInput
        }
        if ends { cancel() }
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
