public import ExporterSDK
import Glibc
import Instruments
import StrictYAML
import Synchronization

/// Receives beacons: decides whether they may come in, reads them, and counts what they tell.
///
/// The answer is the same whatever was in a beacon, so that nobody learns from it what is counted; what was refused is
/// in `beacon_rejected_total`.
public final class BeaconService: Sendable {
    let settings: BeaconSettings
    let registry = Registry()
    let agent = AgentScript()
    let sitesFile: String
    private let clientAddress: ClientAddress
    private let messages: MessageMetrics
    private let state: Mutex<BeaconState>
    /// When the last beacon was taken, as the bits of seconds since 1970; 0 before.
    private let lastReceived = Atomic<UInt64>(0)

    /// A service with these flags; throws what is wrong with them or with the file of sites.
    convenience init(_ flags: FlagValues) throws(UsageError) {
        try self.init(
            BeaconSettings(flags),
            sitesFile: flags[BeaconFlags.sitesFile],
            trustedProxies: flags[BeaconFlags.trustedProxies]
        )
    }

    init(
        _ settings: BeaconSettings,
        sitesFile: String = "",
        trustedProxies: [String] = [],
        now: Double = BeaconService.uptime
    ) throws(UsageError) {
        self.settings = settings
        self.sitesFile = sitesFile
        clientAddress = try ClientAddress(trustedProxies: trustedProxies)
        let sites = try Self.sites(sitesFile)
        let pages: PageMetrics
        do throws(RegistryError) {
            messages = try MessageMetrics(registry)
            pages = try PageMetrics(registry)
        } catch {
            throw UsageError(error.description)
        }
        state = Mutex(BeaconState(settings, sites, Recorder(pages: pages, messages: messages), now: now))
    }

    /// Seconds of a clock that nobody sets. The corresponding C function is `clock_gettime`.
    static var uptime: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func sites(_ file: String) throws(UsageError) -> Sites {
        guard !file.isEmpty else { return .local }
        do throws(ConfigurationError) {
            return try ConfigurationFile(file).decode(Sites.self)
        } catch {
            throw UsageError(error.description)
        }
    }

    // MARK: Answering

    /// Where a beacon came in, which decides how it is answered and what its form may be.
    enum Door: Int, CaseIterable {
        /// `/beacon`: every form.
        case any
        /// `/collect`: Faro looks at answers of 202 only.
        case faro

        var status: Int {
            switch self {
            case .any: 204
            case .faro: 202
            }
        }
    }

    /// Answers a request with a beacon, and counts what it tells.
    func respond(
        to request: borrowing BeaconRequest,
        at door: Door,
        now: Double = BeaconService.uptime
    ) -> WebResponse {
        // An image that is asked for has no origin, only the page's address.
        let claimed = request.origin ?? request.referrer.flatMap { PageAddress.origin(of: Bytes($0))?.text }
        guard let claimed, let origin = state.withLock({ $0.origin(claimed) }) else {
            messages.count(.origin)
            return WebResponse(empty: request.method == .options ? 204 : 403)
        }
        guard request.method != .options else {
            let headers = CrossOrigin.preflightHeaders(for: claimed, asked: request.askedHeaders)
            return WebResponse(empty: 204, headers: headers)
        }
        let client = clientAddress.address(peer: request.peer, forwardedFor: request.forwardedFor)
        if let reason = state.withLock({ $0.admit(client, now: now) }) {
            messages.count(reason)
            let headers = CrossOrigin.headers(for: claimed, mode: request.fetchMode)
            return WebResponse(empty: 429, headers: headers + [("Retry-After", "5")])
        }
        let answer = origin.answer(door, mode: request.fetchMode)
        do throws(Refusal) {
            try refuseUnwanted(request)
            let beacon = try read(request)
            let sender = Sender(
                site: origin.site,
                device: Device(mobileHint: request.mobileHint, userAgent: request.userAgent),
                network: client?.network ?? 0,
                referrer: request.referrer
            )
            state.withLock { $0.take(beacon, from: sender, now: now) }
            messages.count(beacon.format, isTaken: beacon.format != .unknown)
            lastReceived.store(Self.secondsSince1970.bitPattern, ordering: .relaxed)
            return answer
        } catch {
            messages.count(error.reason)
            messages.count(.unknown, isTaken: false)
            guard let status = error.status else { return answer }
            return WebResponse(empty: status, headers: CrossOrigin.headers(for: claimed, mode: request.fetchMode))
        }
    }

    /// Why a request is not read.
    private struct Refusal: Error {
        let reason: Rejection
        /// The status that it is answered with, where that is not the usual one.
        var status: Int?
    }

    private func refuseUnwanted(_ request: borrowing BeaconRequest) throws(Refusal) {
        if settings.honoursPrivacySignals, request.wantsPrivacy { throw Refusal(reason: .privacy) }
        if !settings.countsBots, let agent = request.userAgent, let bot = Bot(userAgent: agent) {
            messages.count(bot)
            throw Refusal(reason: .bot)
        }
    }

    // MARK: Reading

    private func read(_ request: borrowing BeaconRequest) throws(Refusal) -> Beacon {
        if request.method == .get { return FormBeacon.read(query: request.query) }
        guard request.body.count <= settings.bodyBytesMax else { throw Refusal(reason: .tooLarge, status: 413) }
        let body = try inflated(request)
        switch BodyKind(contentType: request.contentType ?? "") {
        case .form: return FormBeacon.read(body)
        case .multipart: throw Refusal(reason: .contentType, status: 415)
        case .json: return JSONBeacon.read(body)
        }
    }

    private func inflated(_ request: borrowing BeaconRequest) throws(Refusal) -> Bytes {
        guard !request.contentEncodings.isEmpty else { return request.body }
        switch request.contentEncodings.joined(separator: ",").lowercased() {
        case "", "identity": return request.body
        case "gzip", "x-gzip":
            do throws(InflateError) {
                return try Inflate.gunzip(request.body, bytesMax: settings.inflatedBytesMax)[...]
            } catch {
                switch error {
                case .corrupt: throw Refusal(reason: .inflate)
                case .tooLarge: throw Refusal(reason: .tooLarge, status: 413)
                }
            }
        default: throw Refusal(reason: .contentType, status: 415)
        }
    }

    // MARK: What others ask

    /// What waits and what is known, after settling what is due.
    func look(now: Double = BeaconService.uptime) -> (pages: Int, waiting: Int, lastReceived: Double?) {
        let counts = state.withLock { state in
            state.settle(now: now)
            return (state.pageCount, state.waitingCount)
        }
        let last = Double(bitPattern: lastReceived.load(ordering: .relaxed))
        return (counts.0, counts.1, last > 0 ? last : nil)
    }

    private static var secondsSince1970: Double {
        var time = timespec()
        // To a few milliseconds, and cheaper than exactly.
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension BeaconService: Reloadable {
    public var reloadName: String { "sites" }

    public func prepareReload() throws(UsageError) -> @Sendable () -> Void {
        let sites = try Self.sites(sitesFile)
        return { self.state.withLock { $0.use(sites) } }
    }
}
