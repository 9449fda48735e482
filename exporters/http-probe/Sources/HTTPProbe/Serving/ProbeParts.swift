import ExporterSDK

/// What probes on request and continuous ones share.
public struct ProbeParts: Sendable {
    let store: ConfigurationStore
    let engine: ProbeEngine
    let gate: ProbeGate
    let counters: ProbeCounters
    let scheduler: Scheduler

    static let flags: [any FlagDeclaration] = [threads, handshakesMax, resolverThreads, bodyBytesMax]

    static let threads = Flag(
        "probe.threads",
        default: 1,
        placeholder: "N",
        help: "Threads that probe; each has many probes at once."
    )
    static let handshakesMax = Flag(
        "probe.max-handshakes",
        default: 64,
        placeholder: "N",
        help: "Connections over TLS that each of them opens at once, at 55 kB; more wait, for half their time at most."
    )
    static let resolverThreads = Flag(
        "probe.resolver-threads",
        default: 32,
        placeholder: "N",
        help: "Names that are resolved at once; more wait."
    )
    static let bodyBytesMax = Flag(
        "probe.max-body-bytes",
        default: 16 << 20,
        placeholder: "BYTES",
        help: "Bytes of a body that patterns and expressions look at; a larger one fails the probe."
    )

    init(_ flags: FlagValues) throws(UsageError) {
        store = try ConfigurationStore(flags[ConfigurationStore.path])
        engine = try ProbeEngine(
            ProbeEngine.Settings(
                threads: min(64, max(1, flags[Self.threads])),
                handshakesMax: max(1, flags[Self.handshakesMax]),
                resolverThreads: min(1024, max(1, flags[Self.resolverThreads])),
                bodyBytesMax: max(1024, flags[Self.bodyBytesMax]),
                policy: try AddressPolicy(flags)
            )
        )
        gate = ProbeGate(limit: flags[ProbeService.concurrencyMax], queueMax: flags[ProbeService.queueMax])
        counters = try ProbeCounters(gate)
        scheduler = Scheduler(engine, gate, counters)
    }
}
