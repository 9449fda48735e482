import NIOCore
import Synchronization

/// Checks passwords, which is slow on purpose, so that it stays cheap for those who know them.
///
/// - What was right is remembered, under a keyed hash; what was wrong never takes a place there.
/// - Checks run one at a time, on a thread of their own, and the addresses they come from take turns.
/// - An address that was wrong too often has to wait, and so has everybody when too many wait already. The same wrong
///   password again is no further guess, and is not checked.
/// - Equal checks share one run, and one whose client has left is not run.
/// - A user who does not exist takes as long as one who does.
final class PasswordChecks: Sendable {
    struct Limits: Sendable {
        var rememberedMax = 100
        var waitingMax = 256
        var waitingOfAddressMax = 32
        /// Wrong passwords that an address may send at once, and how long it takes until it may send one more.
        var wrongMax = 20
        var wrongInterval = Duration.seconds(1)
        var addressesMax = 4096
        /// Wrong passwords of an address that are remembered.
        var rememberedWrongMax = 4
    }

    enum Outcome: Sendable {
        case right, wrong
        /// Not checked; asking again makes sense after this time.
        case busy(Duration)
    }

    private struct Waiter: Sendable {
        let promise: EventLoopPromise<Outcome>
        let cancellation: Cancellation
    }

    private struct Job: Sendable {
        let digest: [UInt8]
        let hash: PasswordHash
        /// Whether there is such a user; otherwise the hash is only compared to take its time.
        let isKnown: Bool
        let password: [UInt8]
        let address: String
    }

    /// An address that sent wrong passwords.
    private struct Offender: Sendable {
        var bucket: TokenBucket
        var latest: [[UInt8]] = []
    }

    private struct State {
        var remembered: [[UInt8]: Int] = [:]
        var rememberedCount = 0
        var waiters: [[UInt8]: [Waiter]] = [:]
        var queue: FairQueue<String, Job>
        var isWorking = false
        var offenders: [String: Offender] = [:]
    }

    private let limits: Limits
    private let key = ProcessKey()
    private let threads = WorkerThreads(name: "passwords")
    private let state: Mutex<State>

    init(limits: Limits = Limits()) {
        self.limits = limits
        let queue = FairQueue<String, Job>(countMax: limits.waitingMax, laneCountMax: limits.waitingOfAddressMax)
        state = Mutex(State(queue: queue))
    }

    /// How many right passwords are remembered.
    var rememberedCount: Int { state.withLock { $0.remembered.count } }

    /// Checks a password against the users' hashes.
    func check(
        user: [UInt8],
        password: [UInt8],
        users: [String: PasswordHash],
        address: String,
        request: HTTPRequest
    ) -> EventLoopFuture<Outcome> {
        let known = users[String(decoding: user, as: UTF8.self)]
        guard let hash = known ?? PasswordHash.decoy(cost: users.values.map(\.cost).max() ?? 10) else {
            return request.eventLoop.makeSucceededFuture(.wrong)
        }
        let digest = key.hash([user, Array(hash.text.utf8), password])
        let job = Job(digest: digest, hash: hash, isKnown: known != nil, password: password, address: address)
        let promise = request.eventLoop.makePromise(of: Outcome.self)
        let waiter = Waiter(promise: promise, cancellation: request.cancellation)
        let (outcome, mustStart) = state.withLock { enqueue(job, waiter, &$0) }
        if let outcome { promise.succeed(outcome) }
        if mustStart, !threads.run({ [self] in work() }) { giveUp() }
        return promise.futureResult
    }

    /// What is known already, or nil where it has to be found out; and whether a thread must be started for that.
    private func enqueue(_ job: Job, _ waiter: Waiter, _ state: inout State) -> (Outcome?, mustStart: Bool) {
        if state.remembered[job.digest] != nil { return (.right, false) }
        let now = ContinuousClock.now
        let offender = state.offenders[job.address]
        if offender?.latest.contains(job.digest) ?? false { return (.wrong, false) }
        if let wait = offender?.bucket.wait(now), wait > .zero { return (.busy(wait), false) }
        if state.waiters[job.digest] != nil {
            state.waiters[job.digest]?.append(waiter)
            return (nil, false)
        }
        guard state.queue.append(job, to: job.address) else { return (.busy(.seconds(1)), false) }
        state.waiters[job.digest] = [waiter]
        defer { state.isWorking = true }
        return (nil, !state.isWorking)
    }

    // MARK: The thread

    private func work() {
        while let job = nextJob() {
            let isWanted = isWanted(job)
            let isRight = isWanted && job.hash.matches(job.password) && job.isKnown
            let waiters = state.withLock { state in
                if isRight {
                    remember(job.digest, &state)
                } else if isWanted {
                    noteWrong(job, &state)
                }
                return state.waiters.removeValue(forKey: job.digest) ?? []
            }
            for waiter in waiters { waiter.promise.succeed(isRight ? .right : .wrong) }
        }
    }

    private func nextJob() -> Job? {
        state.withLock { state in
            let job = state.queue.popFirst()
            if job == nil { state.isWorking = false }
            return job
        }
    }

    /// Whether anybody still waits for it.
    private func isWanted(_ job: Job) -> Bool {
        state.withLock { $0.waiters[job.digest]?.contains { !$0.cancellation.isCancelled } ?? false }
    }

    /// The system has no thread: nobody can be let in now.
    private func giveUp() {
        let waiters = state.withLock { state in
            state.isWorking = false
            while state.queue.popFirst() != nil {}
            defer { state.waiters = [:] }
            return state.waiters.values.flatMap { $0 }
        }
        for waiter in waiters { waiter.promise.succeed(.busy(.seconds(1))) }
    }

    // MARK: What is remembered

    /// The oldest goes when there are too many.
    private func remember(_ digest: [UInt8], _ state: inout State) {
        state.rememberedCount += 1
        state.remembered[digest] = state.rememberedCount
        guard state.remembered.count > limits.rememberedMax,
            let oldest = state.remembered.min(by: { $0.value < $1.value })
        else { return }
        state.remembered[oldest.key] = nil
    }

    private func noteWrong(_ job: Job, _ state: inout State) {
        let now = ContinuousClock.now
        if state.offenders.count >= limits.addressesMax {
            state.offenders = state.offenders.filter { !$0.value.bucket.isFull(now) }
            // So many at once are no mistakes; memory is worth more than what is known of them.
            if state.offenders.count >= limits.addressesMax { state.offenders = [:] }
        }
        var offender =
            state.offenders[job.address]
            ?? Offender(bucket: TokenBucket(interval: limits.wrongInterval, burst: limits.wrongMax, now: now))
        _ = offender.bucket.take(now)
        offender.latest.append(job.digest)
        if offender.latest.count > limits.rememberedWrongMax { offender.latest.removeFirst() }
        state.offenders[job.address] = offender
    }
}
