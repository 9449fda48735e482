import Exposition
import Glibc
import Logging
import UnixSignals

/// An exporter: what it is called, what it collects, and from what. Its executable is this declaration and `main()`.
///
/// ```swift
/// await Exporter(
///     identity: ExporterIdentity(program: "node-exporter", namespace: "node", summary: "..."),
///     port: 9100,
///     flags: Host.flags,
///     collectors: nodeCollectors,
///     environment: { flags in Host(flags) }
/// ).main()
/// ```
public struct Exporter<Environment>: Sendable {
    let identity: ExporterIdentity
    let collectors: [any Collector<Environment>.Type]
    let flags: ExporterFlags
    /// What the page at `/` draws.
    public let plots: [Plot]
    let makeEnvironment: @Sendable (FlagValues) throws(UsageError) -> Environment
    let makeParts: @Sendable (Environment, ExporterSetup) throws(UsageError) -> ExporterParts

    /// An exporter that listens on `port` if not told otherwise.
    ///
    /// `flags` are those that the environment is made from; each collector declares its own. `foreignCollectors` are
    /// those of a peer that this exporter has not: their flags are taken with a warning, so that a command line made
    /// for the peer works. `plots` are what the page at `/` draws. `parts` are made once, when the environment is there.
    public init(
        identity: ExporterIdentity,
        port: Int,
        flags: [any FlagDeclaration],
        collectors: [any Collector<Environment>.Type],
        foreignCollectors: Set<String> = [],
        plots: [Plot] = [],
        environment: @escaping @Sendable (FlagValues) throws(UsageError) -> Environment,
        parts: @escaping @Sendable (Environment, ExporterSetup) throws(UsageError) -> ExporterParts = { _, _ in
            ExporterParts()
        }
    ) {
        self.identity = identity
        self.collectors = collectors
        self.plots = plots
        self.flags = ExporterFlags(
            identity: identity,
            port: port,
            environment: flags,
            collectors: collectors.map { CollectorDeclaration($0) },
            foreignCollectors: foreignCollectors
        )
        makeEnvironment = environment
        makeParts = parts
    }

    /// Runs the exporter until SIGTERM or SIGINT; the process then exits with 0, with 1 where it can't start.
    public func main() async -> Never {
        // Before anything can log or serve: a reader that goes away must not end the process.
        signal(SIGPIPE, SIG_IGN)
        ProcessMemory.settleHeap()
        let arguments = Array(CommandLine.arguments.dropFirst())
        do throws(UsageError) {
            switch try flags.parse(arguments, environment: Self.environmentVariable) {
            case .print(let text): Self.exit(printing: text)
            case .run(let values): try await run(values)
            }
        } catch {
            Self.write("\(identity.program): error: \(error.message)\n", to: STDERR_FILENO)
            Glibc.exit(1)
        }
        Glibc.exit(0)
    }

    /// The collectors that the flags enable, made from them.
    private func enabledCollectors(
        _ environment: Environment,
        _ values: FlagValues
    ) throws(UsageError) -> [EnabledCollector] {
        var enabled: [EnabledCollector] = []
        for type in collectors where flags.isEnabled(CollectorDeclaration(type), values) {
            enabled.append(EnabledCollector(try type.init(environment, values)))
        }
        return enabled
    }

    private func run(_ values: FlagValues) async throws(UsageError) {
        let logger = flags.logger(values)
        for flag in values.ignored {
            logger.warning("flag ignored: this exporter has no such collector", metadata: ["flag": "\(flag)"])
        }
        for flag in values.renamed {
            logger.warning("flag has a new name", metadata: ["flag": "\(flag.from)", "name": "\(flag.to)"])
        }
        let environment = try makeEnvironment(values)
        var enabled = try enabledCollectors(environment, values)
        let parts = try makeParts(environment, ExporterSetup(flags: values, logger: logger))
        if let printout = parts.printout { Self.exit(printing: printout) }
        if let registry = parts.registry { enabled.append(EnabledCollector(registry)) }
        let addresses = try flags.listenAddresses(values, environment: Self.environmentVariable)
        let service = try ExporterService(
            identity: identity,
            collectors: enabled,
            plots: plots,
            parts: parts,
            flags: flags,
            values,
            logger: logger
        )
        if values[flags.checkOnly] { Self.exit(printing: "The configuration is good.\n") }

        Self.raiseFileLimit()
        // Trapped before the ports are open: who sees them open may send a signal.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        for address in addresses {
            let bound = try service.server.listen(on: address)
            logger.info("listening", metadata: ["address": "\(bound)", "path": "\(values[flags.telemetryPath])"])
        }
        logger.info(
            "started",
            metadata: [
                "version": "\(ExporterIdentity.version)", "collectors": "\(enabled.map(\.name).joined(separator: ","))",
            ]
        )
        ProcessMemory.giveBack()
        for await signal in signals {
            guard signal == .sighup else { break }
            await service.reload()
        }
        logger.info("stopping: no new connections, answering what is under way")
        service.server.shutDown()
        logger.info("stopped")
    }

    /// Files are kept open: as many as the system allows, not as few as it gives by default (as Go programs do).
    private static func raiseFileLimit() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
    }

    private static func environmentVariable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    private static func exit(printing text: String) -> Never {
        write(text, to: STDOUT_FILENO)
        Glibc.exit(0)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
