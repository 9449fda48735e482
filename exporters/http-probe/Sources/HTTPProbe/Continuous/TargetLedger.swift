import Exposition
import Instruments
import Synchronization

/// What is known of a target by now.
final class TargetLedger: Sendable {
    /// What is counted; read as a whole at a scrape.
    struct State: Sendable {
        var attempts: UInt64 = 0
        var successes: UInt64 = 0
        /// Successes within the objective.
        var good: UInt64 = 0
        var failures: [FailureReason: UInt64] = [:]
        /// By the first digit of the status, from 1 to 5.
        var responses: [UInt64] = [0, 0, 0, 0, 0]
        var isUp: Bool?
        var status = 0
        var lastSuccess: Double?
        var certificateExpiry: Int64?
        var isCertificateValid: Bool?
        var isRunning = false
    }

    /// A part of a probe that is measured.
    enum Phase: String, CaseIterable, Sendable {
        case resolve
        case connect
        case tls
        case processing
        case transfer
        case total
    }

    private let state = Mutex(State())
    /// One for each phase.
    let histograms: [Histogram] = Phase.allCases.map { Histogram($0 == .total ? totalBuckets : phaseBuckets) }

    /// Fine around what people take for fast, so that a percentile means something.
    private static let totalBuckets = HistogramBuckets(
        [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10],
        native: NativeBuckets(bucketsMax: 80)
    )
    private static let phaseBuckets = HistogramBuckets.native(NativeBuckets(bucketsMax: 40))

    var current: State { state.withLock { $0 } }

    /// Takes the turn; false where the probe before has not ended.
    func begin() -> Bool {
        state.withLock { state in
            guard !state.isRunning else { return false }
            state.isRunning = true
            return true
        }
    }

    /// Counts a probe that has ended, at a time in seconds since 1970.
    func record(_ result: ProbeResult, objective: Double, isTLS: Bool, at time: Double) {
        state.withLock { state in
            state.isRunning = false
            guard result.failure != .canceled else { return }
            state.attempts += 1
            if let failure = result.failure {
                state.failures[failure, default: 0] += 1
            } else {
                state.successes += 1
                state.lastSuccess = time
                if result.duration <= objective { state.good += 1 }
            }
            state.isUp = result.isSuccess
            let last = result.hops.last
            state.status = last?.response.status ?? 0
            if (100..<600).contains(state.status) { state.responses[state.status / 100 - 1] += 1 }
            // Of a probe that did not come so far, what was known before still holds.
            if let certificate = last?.certificate {
                state.certificateExpiry = certificate.earliestExpiry
                state.isCertificateValid = certificate.isVerified
            }
        }
        guard result.failure != .canceled else { return }
        observe(result, isTLS: isTLS)
    }

    private func observe(_ result: ProbeResult, isTLS: Bool) {
        let phases = result.phases
        let values: [Phase: Double?] = [
            .resolve: result.wasResolved ? phases.resolve : nil, .connect: phases.connect,
            .tls: isTLS ? phases.tls : nil, .processing: phases.processing, .transfer: phases.transfer,
            .total: result.duration,
        ]
        for (phase, histogram) in zip(Phase.allCases, histograms) {
            if let value = values[phase] ?? nil { histogram.observe(value) }
        }
    }
}
