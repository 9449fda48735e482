import Logging
import NIOCore
import StrictYAML
import Synchronization

/// The web configuration in force, which follows its files.
///
/// When it is used, its files are looked at, though at most once a second: at their times, sizes and numbers, not at
/// what is in them. What has changed is read anew, on a thread of its own; what is broken leaves all as it was.
final class WebConfigStore: Reloadable {
    private struct State {
        var settings: WebSettings
        var files: [String: ConfigurationFile.State?] = [:]
        var nextLook: ContinuousClock.Instant
        var isLooking = false
        var knownExposures: Set<String> = []
    }

    private static let lookInterval = Duration.seconds(1)
    /// Whoever came while files were looked at is served by what is known, if a disk hangs.
    private static let lookTimeout = TimeAmount.seconds(1)

    let reloadName = "web configuration"

    private let path: String
    private let reloader: Reloader
    private let logger: Logger
    private let threads = WorkerThreads(name: "web-config")
    private let state: Mutex<State>

    /// Reads the file; nil where `path` is empty, for a server without TLS and users. It is added to the reloader.
    init?(_ path: String, reloader: Reloader, logger: Logger) throws(UsageError) {
        guard !path.isEmpty else { return nil }
        var loader = WebSettingsLoader()
        let settings = try Self.load(path, &loader)
        self.path = path
        self.reloader = reloader
        self.logger = logger
        state = Mutex(State(settings: settings, files: loader.files, nextLook: .now + Self.lookInterval))
        warn(of: settings)
        reloader.add(self)
    }

    /// What is in force now.
    var settings: WebSettings { state.withLock { $0.settings } }

    /// Calls with what is in force, after a look at the files if one is due.
    func withSettings<Value: Sendable>(
        on loop: any EventLoop,
        _ body: @escaping @Sendable (WebSettings) -> EventLoopFuture<Value>
    ) -> EventLoopFuture<Value> {
        let (settings, mustLook) = state.withLock { state in
            let mustLook = !state.isLooking && ContinuousClock.now >= state.nextLook
            if mustLook { state.isLooking = true }
            return (state.settings, mustLook)
        }
        guard mustLook else { return body(settings) }
        let looked = loop.makePromise(of: Void.self)
        let timeout = loop.scheduleTask(in: Self.lookTimeout) { looked.succeed() }
        let isStarted = threads.run { [self] in
            look()
            timeout.cancel()
            looked.succeed()
        }
        if !isStarted {
            endLook()
            timeout.cancel()
            looked.succeed()
        }
        return looked.futureResult.flatMap { [self] in body(self.settings) }
    }

    private func look() {
        defer { endLook() }
        let files = state.withLock { $0.files }
        let hasChanged = files.contains { ConfigurationFile.State(of: $0.key) != $0.value }
        if hasChanged { _ = reloader.reload(self) }
    }

    private func endLook() {
        state.withLock { state in
            state.isLooking = false
            state.nextLook = .now + Self.lookInterval
        }
    }

    // MARK: Reloading

    func prepareReload() throws(UsageError) -> @Sendable () -> Void {
        var loader = WebSettingsLoader()
        let settings: WebSettings
        do throws(UsageError) {
            settings = try Self.load(path, &loader)
            try refuseOpening(settings)
        } catch {
            // Not read again before one of them changes.
            let files = loader.files
            state.withLock { $0.files = files }
            throw error
        }
        let files = loader.files
        return { [self] in
            state.withLock { state in
                state.settings = settings
                state.files = files
            }
            warn(of: settings)
        }
    }

    /// A file that is being written is empty for a moment, which must not open the door.
    private func refuseOpening(_ new: WebSettings) throws(UsageError) {
        let old = settings
        if old.tls != nil, new.tls == nil {
            throw UsageError("\(path): it has no TLS any more; if that is what you want, restart the process")
        }
        if old.needsAuthentication, !new.needsAuthentication {
            throw UsageError("\(path): it has no users any more; if that is what you want, restart the process")
        }
    }

    private static func load(_ path: String, _ loader: inout WebSettingsLoader) throws(UsageError) -> WebSettings {
        do throws(ConfigurationError) {
            return try loader.load(path)
        } catch {
            throw UsageError("\(error)")
        }
    }

    private func warn(of settings: WebSettings) {
        let new = state.withLock { state in
            let new = settings.exposedFiles.filter { !state.knownExposures.contains($0) }
            state.knownExposures = Set(settings.exposedFiles)
            return new
        }
        for path in new {
            logger.warning(
                "a file with secrets can be read by others than its owner; chmod 600",
                metadata: ["file": "\(path)"]
            )
        }
    }
}
