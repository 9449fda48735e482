import Glibc
import Logging
import Synchronization

/// How the last attempt to read the configuration anew ended.
struct ReloadStatus: Sendable {
    var isSuccessful: Bool
    /// When all of it was good last, in seconds since 1970.
    var successTime: Double
}

/// Reads what can be read anew: all of it takes effect, or none.
final class Reloader: Sendable {
    private struct State {
        var parts: [any Reloadable] = []
        /// What is wrong with a part whose last attempt failed.
        var problems: [String: String] = [:]
        var successTime = Reloader.now
    }

    // Held while files are read, by threads that may block.
    private let turn = Mutex(())
    private let state = Mutex(State())
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func add(_ part: any Reloadable) { state.withLock { $0.parts.append(part) } }

    /// Nil where nothing can be reloaded.
    var status: ReloadStatus? {
        state.withLock { state in
            guard !state.parts.isEmpty else { return nil }
            return ReloadStatus(isSuccessful: state.problems.isEmpty, successTime: state.successTime)
        }
    }

    /// Reads all parts anew. Blocks. Returns what is wrong, a line for each part that is not good; then nothing has
    /// changed.
    func reload() -> [String] { reload(state.withLock { $0.parts }) }

    /// Reads one part anew, because its file has changed.
    func reload(_ part: any Reloadable) -> [String] { reload([part]) }

    private func reload(_ parts: [any Reloadable]) -> [String] {
        turn.withLock { _ in
            var commits: [@Sendable () -> Void] = []
            var problems: [(name: String, text: String)] = []
            for part in parts {
                do throws(UsageError) {
                    commits.append(try part.prepareReload())
                } catch {
                    problems.append((part.reloadName, error.message))
                }
            }
            if problems.isEmpty { for commit in commits { commit() } }
            note(problems, parts.map(\.reloadName))
            return problems.map { "\($0.name): \($0.text)" }
        }
    }

    /// Says what changed: a file that stays broken is spoken of once.
    private func note(_ problems: [(name: String, text: String)], _ names: [String]) {
        let (isNew, wasBroken) = state.withLock { state in
            let before = state.problems
            for name in names { state.problems[name] = nil }
            for problem in problems { state.problems[problem.name] = problem.text }
            if state.problems.isEmpty { state.successTime = Self.now }
            return (problems.filter { before[$0.name] != $0.text }, !before.isEmpty)
        }
        for problem in isNew {
            logger.error(
                "configuration not reloaded, the former one stays in force",
                metadata: ["part": "\(problem.name)", "error.message": "\(problem.text)"]
            )
        }
        if problems.isEmpty {
            logger.info(
                wasBroken ? "configuration reloaded, it is good again" : "configuration reloaded",
                metadata: ["parts": "\(names.joined(separator: ", "))"]
            )
        }
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
