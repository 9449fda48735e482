import Exposition
import Logging
import Synchronization

/// Says once that a collector began to fail, and once that it works again: a scrape comes every 15 seconds, and a log
/// that repeats itself is read by nobody.
final class FailureLog: Sendable {
    private let logger: Logger
    private let known = Mutex<[String: Trouble]>([:])

    /// What was said last of a collector that had nothing good to say.
    private enum Trouble { case failed, absent, defects }

    init(logger: Logger) { self.logger = logger }

    func note(_ collector: String, _ report: CollectorReport) {
        let defects = report.defects
        switch report.state {
        case .failed(let reason):
            guard change(collector, to: .failed) != .failed else { return }
            logger.error("collector failed", metadata: ["collector": "\(collector)", "error.message": "\(reason)"])
        case .absent(let reason):
            let last = change(collector, to: .absent)
            guard last != .absent else { return }
            // Who was told of a failure is told that it is over.
            logger.log(
                level: last == .failed ? .info : .debug,
                "nothing to collect",
                metadata: ["collector": "\(collector)", "reason": "\(reason)"]
            )
        case .ok where defects.duplicates + defects.overLimit + defects.invalidValues > 0:
            guard change(collector, to: .defects) != .defects else { return }
            logger.warning(
                "collector's samples left out",
                metadata: [
                    "collector": "\(collector)", "duplicates": "\(defects.duplicates)",
                    "over_limit": "\(defects.overLimit)", "invalid_values": "\(defects.invalidValues)",
                ]
            )
        case .ok:
            let last = change(collector, to: nil)
            guard last == .failed || last == .defects else { return }
            logger.info("collector works again", metadata: ["collector": "\(collector)"])
        }
    }

    /// Returns what it was before.
    private func change(_ collector: String, to trouble: Trouble?) -> Trouble? {
        known.withLock { known in
            defer { known[collector] = trouble }
            return known[collector]
        }
    }
}
