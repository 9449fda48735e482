import CCurl
import CLinux
import Glibc
import Synchronization

/// A thread with a multi handle of libcurl, and the probes that run on it.
final class ProbeShard: Sendable {
    enum Command: Sendable {
        case start(Int, ProbeRequest, @Sendable (ProbeResult) -> Void)
        case cancel(Int)
        case resolved(Int, Resolver.Answer)
        case stop
    }

    let settings: ProbeEngine.Settings
    let resolver: Resolver
    private let inbox = Mutex<[Command]>([])
    /// What wakes the thread.
    private let wake: Int32

    /// Nil where there is no descriptor left.
    init?(_ settings: ProbeEngine.Settings, _ resolver: Resolver) {
        self.settings = settings
        self.resolver = resolver
        wake = ccurl_bell_make()
        guard wake >= 0 else { return nil }
    }

    deinit { close(wake) }

    func send(_ command: Command) {
        let isFirst = inbox.withLock { inbox in
            inbox.append(command)
            return inbox.count == 1
        }
        if isFirst { ccurl_bell_ring(wake) }
    }

    func stop() { send(.stop) }

    /// Serves until it is told to stop.
    func run() {
        guard let loop = ShardLoop(self, wake) else { return }
        while loop.turn(take()) {}
        loop.end()
    }

    private func take() -> [Command] {
        inbox.withLock { inbox in
            defer { inbox.removeAll(keepingCapacity: true) }
            return inbox
        }
    }
}

/// What only the shard's thread touches.
final class ShardLoop {
    let shard: ProbeShard
    private let multi: UnsafeMutableRawPointer
    private let watch: UnsafeMutablePointer<ccurl_watch>
    private var runs: [Int: ProbeRun] = [:]
    /// Of the runs, those over TLS that have not begun.
    private var turns = Turns()
    private var idle: [Transfer] = []
    private var active: [ObjectIdentifier: Transfer] = [:]
    /// When those that wait for no transfer have to be seen to.
    private var nextDeadline = UInt64.max

    /// The most transfers at once since memory was given back.
    private var peak = 0

    /// How often it is looked at whose patience has ended, if nothing else happens.
    private static let lookInterval = Duration.milliseconds(50)
    private static let idleMax = 64
    /// That many at once leave so much behind that it is worth looking for.
    private static let peakOfNote = 32

    init?(_ shard: ProbeShard, _ wake: Int32) {
        self.shard = shard
        guard let multi = curl_multi_init() else { return nil }
        self.multi = multi
        watch = .allocate(capacity: 1)
        watch.initialize(to: ccurl_watch())
        guard ccurl_watch_begin(watch, multi, wake) else {
            curl_multi_cleanup(multi)
            watch.deallocate()
            return nil
        }
        _ = ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, 0)
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 1)
    }

    /// Does what is told, waits for what comes, and does that; false when it is to end.
    func turn(_ commands: [ProbeShard.Command]) -> Bool {
        for command in commands {
            switch command {
            case .start(let number, let request, let completion): start(number, request, completion)
            case .cancel(let number): runs[number]?.fail(.canceled, "nobody waits for the result")
            case .resolved(let number, let answer): runs[number]?.resolved(answer)
            case .stop: return false
            }
        }
        beginWaiting()
        ccurl_watch_turn(watch, longestWait)
        finishTransfers()
        failLate()
        giveMemoryBack()
        return true
    }

    /// Calls off all that runs.
    func end() {
        for run in Array(runs.values) { run.fail(.canceled, "the program ends") }
        idle.removeAll()
        curl_multi_cleanup(multi)
        ccurl_watch_end(watch)
        watch.deallocate()
    }

    // MARK: For the runs

    /// A handle for a run; nil where there is no memory.
    func transfer() -> Transfer? { idle.popLast() ?? Transfer() }

    /// Takes a handle back.
    func giveBack(_ transfer: Transfer) {
        transfer.whenDone = nil
        if active.removeValue(forKey: ObjectIdentifier(transfer)) != nil {
            _ = curl_multi_remove_handle(multi, transfer.easy)
        }
        guard idle.count < Self.idleMax else { return }
        transfer.forget()
        idle.append(transfer)
    }

    func start(_ transfer: Transfer) -> Bool {
        active[ObjectIdentifier(transfer)] = transfer
        peak = max(peak, active.count)
        guard curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
            active[ObjectIdentifier(transfer)] = nil
            return false
        }
        return true
    }

    func remove(_ number: Int) {
        runs[number] = nil
        turns.remove(number)
    }

    /// Sees to it that what waits for something else than a transfer is seen to in time.
    func watch(_ deadline: UInt64) { nextDeadline = min(nextDeadline, deadline) }

    // MARK: Its turn

    private func start(_ number: Int, _ request: ProbeRequest, _ completion: @escaping @Sendable (ProbeResult) -> Void)
    {
        let run = ProbeRun(number, request, self, completion)
        runs[number] = run
        guard request.target.isTLS else { return run.begin() }
        // Half of its time is for the probe, whatever becomes of others.
        let now = monotonicNow()
        turns.add(number, latest: now + (max(request.deadline, now) - now) / 2)
    }

    private func beginWaiting() {
        guard !turns.isEmpty else { return }
        let now = monotonicNow()
        let opening = runs.values.count { $0.isOpening(at: now) }
        for number in turns.take(places: shard.settings.handshakesMax - opening, at: now) { runs[number]?.begin() }
        if !turns.isEmpty { watch(now.adding(Self.lookInterval)) }
    }

    private func finishTransfers() {
        var code = CURLE_OK
        while let easy = ccurl_done(multi, &code) {
            guard let context = ccurl_private(easy) else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            _ = curl_multi_remove_handle(multi, easy)
            active[ObjectIdentifier(transfer)] = nil
            transfer.whenDone?(code)
        }
    }

    private func failLate() {
        let now = monotonicNow()
        guard now >= nextDeadline else { return }
        nextDeadline = .max
        for run in Array(runs.values) where run.isResolving {
            if run.deadline <= now { run.resolvingIsLate() } else { watch(run.deadline) }
        }
    }

    /// After many at once, when all have ended: handles, and what they had, would stay with the process otherwise.
    private func giveMemoryBack() {
        guard runs.isEmpty, peak >= Self.peakOfNote else { return }
        peak = 0
        idle.removeAll()
        clinux_trim_heap()
    }

    /// Milliseconds until a run may be late.
    private var longestWait: Int32 {
        guard nextDeadline != .max else { return 1000 }
        return Int32(clamping: min(1000, max(0, Int(nextDeadline.seconds(since: monotonicNow()) * 1000) + 1)))
    }
}
