import CCurl
import ExporterSDK

/// A probe under way: its token, then hop after hop, then the verdict. Only its shard's thread touches it.
final class ProbeRun {
    let deadline: UInt64
    private let number: Int
    private let request: ProbeRequest
    private unowned let loop: ShardLoop
    private let completion: @Sendable (ProbeResult) -> Void
    /// Waiting for its turn is no part of it.
    private var startTime = monotonicNow()

    private var plan: ProbePlan { request.plan }
    private var result = ProbeResult()
    private var transfer: Transfer?
    private var tokenTransfer: Transfer?
    private var builder: HopBuilder
    private var steps: StepSequence
    /// When the name was asked for; nil while nobody waits for it.
    private var resolvingSince: UInt64?
    private var hop: HopRequest?
    private var body: [UInt8] = []

    static let redirectsMax = 10

    init(
        _ number: Int,
        _ request: ProbeRequest,
        _ loop: ShardLoop,
        _ completion: @escaping @Sendable (ProbeResult) -> Void
    ) {
        self.number = number
        self.request = request
        self.loop = loop
        self.completion = completion
        deadline = request.deadline
        builder = HopBuilder(request)
        steps = StepSequence(request.plan.module.steps)
    }

    var isResolving: Bool { resolvingSince != nil }

    /// Whether it has a connection over TLS to open, and is not at it for long.
    func isOpening(at now: UInt64) -> Bool {
        let patience = loop.shard.settings.handshakePatience
        guard let hop, hop.url.isTLS, now < startTime.adding(patience) else { return false }
        return isResolving || transfer?.exchange.pointee.ready == 0
    }

    func begin() {
        startTime = monotonicNow()
        guard startTime < deadline else { return fail(.timeout, "no time is left") }
        if let cache = plan.token, let oauth = plan.oauth {
            guard let token = cache.current() else { return askForToken(oauth) }
            builder.token = token
        }
        beginStep()
    }

    // MARK: Hops

    private func beginStep() {
        do throws(HopProblem) {
            let step = try steps.next(after: request.target)
            beginHop(try builder.first(step))
        } catch {
            fail(error.reason, error.message)
        }
    }

    private func beginHop(_ request: HopRequest) {
        hop = request
        result.hops.append(ProbeResult.Hop(url: request.url.publicText))
        let url = request.url
        guard loop.shard.settings.policy.permits(host: url.host, url: url.text) else {
            return fail(.refusedTarget, "\(url.host) is not to be probed")
        }
        let goesElsewhere = plan.module.unixSocket != nil
        if goesElsewhere || (request.proxy != nil && plan.module.skipsResolveWithProxy) { return send(request) }
        result.wasResolved = true
        resolvingSince = monotonicNow()
        if let address = IPAddress(url.host) { return resolved(.addresses([address])) }
        loop.watch(deadline)
        let number = number
        loop.shard.resolver.ask(url.host, until: deadline) { [shard = loop.shard] answer in
            shard.send(.resolved(number, answer))
        }
    }

    func resolved(_ answer: Resolver.Answer) {
        guard let since = resolvingSince, var request = hop else { return }
        resolvingSince = nil
        result.hops[result.hops.count - 1].phases.resolve = monotonicNow().seconds(since: since)
        let addresses: [IPAddress]
        switch answer {
        case .failed(let text): return fail(.dns, "\(request.url.host): \(text)")
        case .addresses(let found): addresses = found
        }
        let prefersIPv4 = plan.module.prefersIPv4
        let preferred = addresses.first { $0.isIPv4 == prefersIPv4 }
        guard let address = preferred ?? (plan.module.fallsBack ? addresses.first : nil) else {
            return fail(.dns, "\(request.url.host) has no address of \(prefersIPv4 ? "ip4" : "ip6")")
        }
        result.hops[result.hops.count - 1].address = address
        guard loop.shard.settings.policy.permits(address, host: request.url.host, url: request.url.text) else {
            return fail(.refusedTarget, "\(address) is not to be probed")
        }
        if request.proxy == nil { request.address = address }
        send(request)
    }

    func resolvingIsLate() {
        guard let since = resolvingSince else { return }
        resolvingSince = nil
        result.hops[result.hops.count - 1].phases.resolve = monotonicNow().seconds(since: since)
        fail(.timeout, "no answer of the resolver in time")
    }

    private func send(_ request: HopRequest) {
        hop = request
        let now = monotonicNow()
        guard now < deadline else { return fail(.timeout, "no time is left") }
        guard let transfer = transfer ?? loop.transfer() else { return fail(.other, "no memory") }
        self.transfer = transfer
        let sink = ResponseSink(
            compression: plan.module.compression,
            limit: min(plan.module.bodyLimit ?? .max, keepsBody ? loop.shard.settings.bodyBytesMax : .max),
            keeps: keepsBody,
            followsRedirects: plan.module.followsRedirects
        )
        let milliseconds = Int((deadline - now) / 1_000_000) + 1
        guard transfer.prepare(request, plan, sink, milliseconds: milliseconds) else {
            return fail(.configuration, "libcurl does not take the settings: \(transfer.errorText)")
        }
        transfer.whenDone = { [unowned self] code in done(code) }
        if !loop.start(transfer) { fail(.other, "libcurl takes no more transfers") }
    }

    private var keepsBody: Bool { plan.needsBody || steps.needsBody }

    private func done(_ code: CURLcode) {
        guard let transfer, let request = hop else { return }
        transfer.whenDone = nil
        let facts = HopFacts(transfer, request)
        let index = result.hops.count - 1
        facts.fill(&result.hops[index])
        if let failure = facts.failure(code) { return judge(failure, transfer.sink) }
        guard plan.module.followsRedirects, transfer.sink.isRedirect,
            let location = result.hops[index].response.values("location").first
        else { return judge(nil, transfer.sink) }
        result.redirects += 1
        guard result.redirects <= Self.redirectsMax else {
            return judge((.redirects, "more than \(Self.redirectsMax) redirects"), transfer.sink)
        }
        switch builder.next(after: request, status: transfer.sink.status, location: location) {
        case .success(let next): beginHop(next)
        case .failure(let problem): judge((problem.reason, problem.message), transfer.sink)
        }
    }

    // MARK: The end

    private func judge(_ failure: (FailureReason, String)?, _ sink: ResponseSink) {
        guard let hop = result.hops.last else { return }
        let codes = steps.validStatusCodes ?? plan.module.validStatusCodes
        if !steps.isAtLast {
            if let failure { return fail(failure.0, failure.1) }
            if let problem = Verdict.status(hop.response.status, codes) { return fail(.status, problem) }
            if let problem = steps.capture(hop.response, sink.body) { return fail(.capture, problem) }
            return beginStep()
        }
        if hop.response.status == 401 { plan.token?.drop() }
        let verdict = Verdict(hop.response, sink.body, plan.module, codes: codes, failure: failure)
        result.failedDueToRegex = verdict.failedDueToRegex
        result.failedDueToCEL = verdict.failedDueToCEL
        finish(verdict.failure, verdict.detail)
    }

    /// Ends it, whatever is under way.
    func fail(_ reason: FailureReason, _ detail: String) {
        if plan.module.celMatches != nil || plan.module.celNotMatches != nil { result.failedDueToCEL = false }
        finish(reason, detail)
    }

    private func finish(_ reason: FailureReason?, _ detail: String) {
        resolvingSince = nil
        if let transfer { loop.giveBack(transfer) }
        if let tokenTransfer { loop.giveBack(tokenTransfer) }
        transfer = nil
        tokenTransfer = nil
        result.failure = reason
        result.detail = detail
        result.duration = monotonicNow().seconds(since: startTime)
        loop.remove(number)
        completion(result)
    }

    // MARK: Token

    private func askForToken(_ oauth: ProbePlan) {
        guard let transfer = loop.transfer() else { return fail(.other, "no memory") }
        tokenTransfer = transfer
        let now = monotonicNow()
        do throws(HopProblem) {
            let request = try builder.tokenRequest(oauth)
            let sink = ResponseSink(limit: 65_536, keeps: true)
            let milliseconds = Int((max(deadline, now) - now) / 1_000_000) + 1
            guard transfer.prepare(request, oauth, sink, milliseconds: milliseconds) else {
                return fail(.configuration, "libcurl does not take the settings of oauth2")
            }
            transfer.whenDone = { [unowned self] code in tokenCame(code, transfer) }
            if !loop.start(transfer) { fail(.other, "libcurl takes no more transfers") }
        } catch {
            fail(error.reason, error.message)
        }
    }

    private func tokenCame(_ code: CURLcode, _ transfer: Transfer) {
        guard code == CURLE_OK, transfer.sink.status == 200,
            let answer = JSONValue(parsing: transfer.sink.body),
            let token = answer.value(at: ["access_token"])?.scalarText, HeaderSetting.isClean(token)
        else {
            let problem =
                code == CURLE_OK ? "status \(transfer.sink.status)" : String(cString: curl_easy_strerror(code))
            return fail(.oauth, "no token: \(problem)")
        }
        var lifetime = 300.0
        if case .number(let seconds)? = answer.value(at: ["expires_in"]) { lifetime = min(max(0, seconds), 86_400) }
        plan.token?.keep(token, for: .seconds(lifetime))
        builder.token = token
        tokenTransfer = nil
        loop.giveBack(transfer)
        beginStep()
    }
}
