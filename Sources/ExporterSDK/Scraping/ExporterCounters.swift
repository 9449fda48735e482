import Exposition
import Synchronization

/// What the exporter counts of itself, from any thread.
final class ExporterCounters: Sendable {
    let openConnections = Atomic(0)
    let requestsInFlight = Atomic(0)
    let joinedScrapes = Atomic(0)
    let replacedValues = Atomic(0)
    private let reloader: Reloader?

    private let answers = Mutex<[Int: Int]>([200: 0, 500: 0, 503: 0])
    private let refusals = Mutex<[Refusal: Int]>([:])
    private let dropped = Mutex<[Drop: Int]>([:])

    /// The reloader is asked how the configuration fares.
    init(reloader: Reloader? = nil) { self.reloader = reloader }

    /// Nil where nothing can be reloaded.
    var reloadStatus: ReloadStatus? { reloader?.status }

    /// Why a connection or a request was refused.
    enum Refusal: String, CaseIterable {
        case connectionLimit = "connection_limit"
        case requestLimit = "request_limit"
        case headerTimeout = "header_timeout"
        case bodyTimeout = "body_timeout"
        case bodyTooLarge = "body_too_large"
        case writeTimeout = "write_timeout"
        case malformed = "malformed"
        case tls = "tls"
        case unauthorized = "unauthorized"
        case loginLimit = "login_limit"
        case rateLimit = "rate_limit"
    }

    /// Why a sample was left out.
    enum Drop: String, CaseIterable {
        case duplicate, conflict, limit
        case invalidValue = "invalid_value"
    }

    func countAnswer(status: Int) { answers.withLock { $0[status, default: 0] += 1 } }

    func count(_ refusal: Refusal) { refusals.withLock { $0[refusal, default: 0] += 1 } }

    func count(_ defects: MetricWriter.Defects) {
        guard defects != MetricWriter.Defects() else { return }
        replacedValues.add(defects.replacedValues, ordering: .relaxed)
        dropped.withLock { dropped in
            dropped[.duplicate, default: 0] += defects.duplicates
            dropped[.conflict, default: 0] += defects.conflicts
            dropped[.limit, default: 0] += defects.overLimit
            dropped[.invalidValue, default: 0] += defects.invalidValues
        }
    }

    /// Answers on the telemetry path by status.
    var answersByStatus: [(status: Int, count: Int)] {
        answers.withLock { $0.map { (status: $0.key, count: $0.value) } }.sorted { $0.status < $1.status }
    }

    var refusalCounts: [(reason: Refusal, count: Int)] {
        refusals.withLock { counts in Refusal.allCases.map { ($0, counts[$0] ?? 0) } }
    }

    var dropCounts: [(reason: Drop, count: Int)] {
        dropped.withLock { counts in Drop.allCases.map { ($0, counts[$0] ?? 0) } }
    }
}
