import CCurl
import ExporterSDK
import Glibc
import Synchronization

/// What is to be probed, and by when. A class, as it is handed from thread to thread.
final class ProbeRequest: Sendable {
    let plan: ProbePlan
    let target: TargetURL
    /// In place of the target's host, in the header Host and in the handshake.
    let hostname: String?
    /// Of ``monotonicNow()``.
    let deadline: UInt64

    init(plan: ProbePlan, target: TargetURL, hostname: String? = nil, deadline: UInt64) {
        self.plan = plan
        self.target = target
        self.hostname = hostname
        self.deadline = deadline
    }
}

/// Runs probes on a few threads of its own, each with many at once over libcurl's multi interface.
final class ProbeEngine: Sendable {
    struct Settings: Sendable {
        /// One is the cheapest: a handshake takes thousands of OpenSSL's locks, for which two get in each other's way.
        var threads = 1
        /// Connections over TLS that a thread opens at once. More are no faster, each takes 55 kB, and what is measured
        /// would be how many wait here.
        var handshakesMax = 64
        /// How long one of them counts: who waits for a server that does not answer is in nobody's way.
        var handshakePatience = Duration.milliseconds(500)
        var resolverThreads = 32
        /// Bytes of a body that patterns look at; a longer one fails the probe.
        var bodyBytesMax = 16 << 20
        var policy = AddressPolicy()
        /// Who is asked for addresses.
        var look: @Sendable (String) -> Resolver.Answer = Resolver.askSystem
    }

    let settings: Settings
    private let shards: [ProbeShard]
    private let next = Atomic(0)

    /// libcurl's own start, once in the process.
    private static let isReady: Bool = {
        // With CURLOPT_NOSIGNAL, it is for the program to ignore connections that end while they are written to.
        signal(SIGPIPE, SIG_IGN)
        guard curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK else { return false }
        ccurl_decode_keys_directly()
        ccurl_make_contexts_ready()
        return true
    }()

    /// Throws where the system has not enough for it.
    init(_ settings: Settings) throws(UsageError) {
        guard Self.isReady else { throw UsageError("libcurl can't be started") }
        self.settings = settings
        let resolver = Resolver(threadsMax: settings.resolverThreads, look: settings.look)
        let threads = WorkerThreads(name: "probe")
        var shards: [ProbeShard] = []
        for _ in 0..<max(1, settings.threads) {
            guard let shard = ProbeShard(settings, resolver) else {
                throw UsageError("no descriptor left for a thread")
            }
            guard threads.run({ shard.run() }) else { throw UsageError("the system has no thread left") }
            shards.append(shard)
        }
        self.shards = shards
    }

    deinit { for shard in shards { shard.stop() } }

    /// Begins a probe; the result is handed over on one of the engine's threads. What is returned calls it off.
    @discardableResult
    func start(_ request: ProbeRequest, _ completion: @escaping @Sendable (ProbeResult) -> Void) -> @Sendable () -> Void
    {
        let number = next.add(1, ordering: .relaxed).newValue
        let shard = shards[number % shards.count]
        shard.send(.start(number, request, completion))
        return { [weak shard] in shard?.send(.cancel(number)) }
    }
}
