import ExporterSDK

/// What a probe found: plain facts, from which all outputs are made.
struct ProbeResult: Sendable {
    /// A request with its answer; a redirect is followed by another.
    struct Hop: Sendable {
        /// Without credentials and query.
        var url: String
        var address: IPAddress?
        var phases = Phases()
        var response = Response()
        var certificate: Certificate?
    }

    /// How long each phase took, in seconds; nil where it was not reached.
    struct Phases: Sendable, Equatable {
        var resolve: Double?
        var connect: Double?
        var tls: Double?
        /// From the connection being ready to the first byte of the answer.
        var processing: Double?
        var transfer: Double?
    }

    /// The answer; all zero where none came.
    struct Response: Sendable {
        var status = 0
        /// In the form of Go's, which configurations compare it with: `HTTP/1.1`, `HTTP/2.0`.
        var version = ""
        var headers: [(name: String, value: String)] = []
        /// As the header says; -1 where it does not.
        var contentLength: Int64 = 0
        /// Bytes of the body after decompression, as far as they came.
        var bodyBytes = 0
        var isTLS = false
        /// In seconds since 1970.
        var lastModified: Double?

        /// The values of a header, its name in any case.
        func values(_ name: String) -> [String] {
            let name = name.lowercased()
            return headers.filter { $0.name.lowercased() == name }.map(\.value)
        }
    }

    /// What the server's certificate is, also where it is not to be trusted.
    struct Certificate: Sendable, Equatable {
        var isVerified: Bool
        /// In seconds since 1970: that which ends first of those that were sent.
        var earliestExpiry: Int64
        /// The same of the chain that was built; nil where none was.
        var chainExpiry: Int64?
        var fingerprint: String
        var subject: String
        var issuer: String
        /// What it is for: names and addresses, by commas.
        var names: String
        var serial: String
        var version: String
        var cipher: String
    }

    var hops: [Hop] = []
    /// Nil where the probe succeeded.
    var failure: FailureReason?
    /// What exactly failed, for people; without secrets.
    var detail = ""
    /// From the start to the end, in seconds.
    var duration = 0.0
    /// Whether the name was resolved here, and not by a proxy; also where that failed.
    var wasResolved = false
    var redirects = 0
    /// Whether a pattern decided it.
    var failedDueToRegex = false
    /// Nil where there is no expression.
    var failedDueToCEL: Bool?
    var isSuccess: Bool { failure == nil }

    /// The address of the first request, which the peer's metrics speak of.
    var firstAddress: IPAddress? { hops.first?.address }

    /// The phases as the peer sums them: over all requests, but the transfer of the last one.
    var phases: Phases {
        var sum = Phases(resolve: 0, connect: 0, tls: 0, processing: 0, transfer: 0)
        for hop in hops {
            sum.resolve = (sum.resolve ?? 0) + (hop.phases.resolve ?? 0)
            sum.connect = (sum.connect ?? 0) + (hop.phases.connect ?? 0)
            sum.tls = (sum.tls ?? 0) + (hop.phases.tls ?? 0)
            sum.processing = (sum.processing ?? 0) + (hop.phases.processing ?? 0)
        }
        sum.transfer = hops.last?.phases.transfer ?? 0
        return sum
    }
}
