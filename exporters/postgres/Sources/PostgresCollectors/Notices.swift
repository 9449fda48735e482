import Logging
import Synchronization

/// What the log is told of the server once, when it begins and when it is over, not at each scrape.
final class Notices: Sendable {
    private struct State {
        var logger: Logger?
        /// What was said last under each key.
        var said: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// Where to say it; before this is known nothing is said.
    func use(_ logger: Logger) { state.withLock { $0.logger = logger } }

    /// Says what is so under a key, if it is not what was said last; nil is that all is well.
    func note(_ key: String, _ message: Logger.Message, _ detail: String?) {
        let (logger, isNew, wasSaid) = state.withLock { state -> (Logger?, Bool, Bool) in
            guard let logger = state.logger else { return (nil, false, false) }
            let last = state.said[key]
            state.said[key] = detail
            return (logger, last != detail, last != nil)
        }
        guard let logger, isNew else { return }
        if let detail {
            logger.warning(message, metadata: ["name": "\(key)", "reason": "\(detail)"])
        } else if wasSaid {
            logger.info("over: \(message)", metadata: ["name": "\(key)"])
        }
    }
}
