import Synchronization

/// A probe that has ended, with what is needed to tell of it.
struct FinishedProbe: Sendable {
    var id = 0
    let module: String
    /// Without credentials and query.
    let target: String
    let timeoutSeconds: Double
    let result: ProbeResult
    /// As it was when the probe ran; its text is made only when somebody asks.
    let configuration: LoadedConfiguration

    /// The module, without its secrets.
    var moduleText: String { configuration.moduleText(module) }
}

/// The last probes, and the last ones that failed.
final class ProbeHistory: Sendable {
    private struct Ring {
        private var items: [FinishedProbe] = []
        private var next = 0
        private let most: Int

        init(most: Int) { self.most = most }

        /// Returns what had to go for it.
        mutating func append(_ item: FinishedProbe) -> FinishedProbe? {
            guard most > 0 else { return nil }
            guard items.count == most else {
                items.append(item)
                return nil
            }
            defer { next = (next + 1) % most }
            let old = items[next]
            items[next] = item
            return old
        }

        /// The newest first.
        var all: [FinishedProbe] { Array((items[next...] + items[..<next]).reversed()) }
    }

    private struct State {
        var lastID = 0
        var recent: Ring
        /// Failures that are no more among the recent ones.
        var failures: Ring
    }

    private let state: Mutex<State>

    init(limit: Int) { state = Mutex(State(recent: Ring(most: limit), failures: Ring(most: limit))) }

    func add(_ probe: FinishedProbe) {
        state.withLock { state in
            state.lastID += 1
            var probe = probe
            probe.id = state.lastID
            guard let old = state.recent.append(probe), !old.result.isSuccess else { return }
            _ = state.failures.append(old)
        }
    }

    /// All that are kept, the newest first.
    var all: [FinishedProbe] { state.withLock { $0.recent.all + $0.failures.all } }

    func probe(id: Int) -> FinishedProbe? { all.first { $0.id == id } }

    /// The newest of a target and a module.
    func probe(target: String, module: String) -> FinishedProbe? {
        all.first { $0.target == target && $0.module == module }
    }
}
