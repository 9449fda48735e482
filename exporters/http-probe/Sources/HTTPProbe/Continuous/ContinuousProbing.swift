import ExporterSDK
import Exposition
import Glibc
import Logging
import Synchronization

/// Brings what is configured to the scheduler: the targets of the configuration and those of files, which are watched.
final class ContinuousProbing: Sendable {
    static let refresh = Flag(
        "targets.refresh-interval",
        default: Duration.seconds(5),
        placeholder: "DURATION",
        help: "How often files with targets are looked at."
    )
    static let targetsMax = Flag(
        "targets.max",
        default: 20_000,
        placeholder: "N",
        help: "Targets that are probed continuously; those beyond are left out."
    )
    static let flags: [any FlagDeclaration] = [refresh, targetsMax]

    private struct State {
        var files = TargetFiles()
        var configuration: LoadedConfiguration?
        var told: Set<String> = []
        var isWatching = false
    }

    private let state = Mutex(State())
    private let scheduler: Scheduler
    private let interval: Duration
    private let targetsMax: Int
    private let threads = WorkerThreads(name: "target files")
    private let logger: Logger

    init(_ flags: FlagValues, _ scheduler: Scheduler, _ logger: Logger) {
        self.scheduler = scheduler
        self.logger = logger
        interval = max(.milliseconds(100), flags[Self.refresh])
        targetsMax = flags[Self.targetsMax]
    }

    /// Takes the targets of a store's configuration, now and whenever it is read anew; the store keeps this alive.
    func follow(_ store: ConfigurationStore) { store.observe { self.apply($0) } }

    private func apply(_ configuration: LoadedConfiguration) {
        let starts = state.withLock { state in
            state.configuration = configuration
            _ = state.files.refresh(configuration.targetFiles)
            put(&state)
            defer { state.isWatching = state.isWatching || !configuration.targetFiles.isEmpty }
            return !state.isWatching && !configuration.targetFiles.isEmpty
        }
        if starts { threads.run { [weak self, interval] in Self.watch({ self }, interval) } }
    }

    private static func watch(_ probing: () -> ContinuousProbing?, _ interval: Duration) {
        while true {
            usleep(UInt32(min(interval / .microseconds(1), 1_000_000_000)))
            guard let probing = probing() else { return }
            probing.state.withLock { state in
                if state.files.refresh(state.configuration?.targetFiles ?? []) { probing.put(&state) }
            }
        }
    }

    /// Hands the scheduler what there is, and says once what is wrong.
    private func put(_ state: inout State) {
        var targets: [ContinuousTarget] = []
        var seen: Set<[UInt8]> = []
        var problems = Set(state.files.problems.values)
        guard let loaded = state.configuration else { return }
        for configuration in loaded.targets + state.files.targets {
            guard let plan = loaded.plans[configuration.module] else {
                problems.insert("\(configuration.position): no module is named \"\(configuration.module)\"")
                continue
            }
            guard case .success(let url) = TargetURL.parse(configuration.url) else { continue }
            let target = ContinuousTarget(configuration, plan, url)
            guard seen.insert(target.labels.bytes).inserted else {
                problems.insert("\(configuration.position): another target has the same labels; give it a name")
                continue
            }
            guard targets.count < targetsMax else {
                problems.insert("more than \(targetsMax) targets (--\(Self.targetsMax.name)), the rest is left out")
                break
            }
            targets.append(target)
        }
        for problem in problems.subtracting(state.told).sorted() {
            logger.error("continuous targets", metadata: ["error.message": "\(problem)"])
        }
        state.told = problems
        scheduler.replace(targets)
    }
}
