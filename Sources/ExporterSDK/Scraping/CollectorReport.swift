import Exposition

/// How a collector fared in one scrape.
struct CollectorReport: Sendable {
    enum State: Sendable, Equatable {
        case ok
        /// The source does not exist on this host.
        case absent(String)
        case failed(String)
    }

    var state: State
    var duration: Duration
    var samples = 0
    var defects = MetricWriter.Defects()

    var isFailure: Bool { if case .failed = state { true } else { false } }
    var isAbsent: Bool { if case .absent = state { true } else { false } }
}

/// Why a collector failed last, and when; kept when it works again.
struct CollectorFailure: Sendable {
    var reason: String
    /// In UTC, as logs have it.
    var time: String
}

extension Duration {
    /// In seconds, to the nanosecond.
    var seconds: Double {
        let parts = components
        // One division, so that the shortest decimal form is the exact number of nanoseconds.
        let nanoseconds = parts.attoseconds / 1_000_000_000
        return (Double(parts.seconds) * 1e9 + Double(nanoseconds)) / 1e9
    }
}
