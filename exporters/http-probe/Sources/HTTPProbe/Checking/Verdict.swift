/// Whether an answer is what a module wants: the checks in their order, of which the first that fails is the reason.
struct Verdict {
    private(set) var failure: FailureReason?
    private(set) var detail = ""
    private(set) var failedDueToRegex = false
    /// Nil where there is no expression.
    private(set) var failedDueToCEL: Bool?

    private let response: ProbeResult.Response

    /// Judges an answer; `failure` is what went wrong while it came.
    init(
        _ response: ProbeResult.Response,
        _ body: [UInt8],
        _ module: HTTPModule,
        codes: [Int],
        failure transferFailure: (FailureReason, String)?
    ) {
        self.response = response
        let hasCEL = module.celMatches != nil || module.celNotMatches != nil
        if hasCEL { failedDueToCEL = false }
        guard response.status != 0 else {
            if let transferFailure { note(transferFailure.0, transferFailure.1) }
            return
        }
        // An answer that leads where nobody follows is not to be judged as an answer.
        if let transferFailure, [.redirects, .refusedTarget].contains(transferFailure.0) {
            note(transferFailure.0, transferFailure.1)
        }
        if let problem = Self.status(response.status, codes) { note(.status, problem) }
        if failure == nil { checkHeaders(module) }
        if let transferFailure { note(transferFailure.0, transferFailure.1) }
        if failure == nil { checkBody(body, module) }
        if failure == nil, hasCEL { checkCEL(body, module) }
        checkVersion(module)
        if response.isTLS, module.failsIfSSL { note(.ssl, "the final request was over TLS") }
        if !response.isTLS, module.failsIfNotSSL { note(.notSSL, "the final request was not over TLS") }
    }

    /// What is wrong with a status; nil where nothing is.
    static func status(_ status: Int, _ codes: [Int]) -> String? {
        if codes.isEmpty { return (200...299).contains(status) ? nil : "status \(status), expected 2xx" }
        return codes.contains(status)
            ? nil : "status \(status), expected \(codes.map(String.init).joined(separator: ", "))"
    }

    private mutating func note(_ reason: FailureReason, _ text: String) {
        guard failure == nil else { return }
        failure = reason
        detail = text
    }

    private mutating func checkHeaders(_ module: HTTPModule) {
        for check in module.headerMatches + module.headerNotMatches where response.values(check.header).isEmpty {
            guard !check.allowsMissing else { continue }
            noteRegex(.header, "the header \(check.header) is missing")
        }
        for check in module.headerMatches {
            let findings = response.values(check.header).map { check.pattern.search($0) }
            if findings.contains(where: { $0 != .notFound }) {
                noteRegex(.header, "the header \(check.header) matches \(check.pattern.source)")
            }
        }
        for check in module.headerNotMatches {
            let findings = response.values(check.header).map { check.pattern.search($0) }
            if !findings.isEmpty, !findings.contains(where: { if case .found = $0 { true } else { false } }) {
                noteRegex(.header, "the header \(check.header) does not match \(check.pattern.source)")
            }
        }
    }

    private mutating func checkBody(_ body: [UInt8], _ module: HTTPModule) {
        for setting in module.bodyMatches {
            switch setting.pattern.search(body) {
            case .notFound: break
            case .found: noteRegex(.body, "the body matches \(setting.pattern.source)")
            case .gaveUp: noteRegex(.body, "the search for \(setting.pattern.source) takes too long")
            }
        }
        for setting in module.bodyNotMatches {
            switch setting.pattern.search(body) {
            case .found: break
            case .notFound: noteRegex(.body, "the body does not match \(setting.pattern.source)")
            case .gaveUp: noteRegex(.body, "the search for \(setting.pattern.source) takes too long")
            }
        }
    }

    private mutating func noteRegex(_ reason: FailureReason, _ text: String) {
        if failure == nil { failedDueToRegex = true }
        note(reason, text)
    }

    private mutating func checkCEL(_ body: [UInt8], _ module: HTTPModule) {
        guard let value = JSONValue(parsing: body) else { return noteCEL("the body is no JSON") }
        do throws(CELProblem) {
            if let expression = module.celMatches, try expression.evaluate(body: value) {
                noteCEL("the body matches \(expression.source)")
            }
            if let expression = module.celNotMatches, try !expression.evaluate(body: value) {
                noteCEL("the body does not match \(expression.source)")
            }
        } catch {
            noteCEL(error.message)
        }
    }

    private mutating func noteCEL(_ text: String) {
        failedDueToCEL = true
        note(.cel, text)
    }

    private mutating func checkVersion(_ module: HTTPModule) {
        guard !module.validVersions.isEmpty, !module.validVersions.contains(response.version) else { return }
        note(.version, "\(response.version), expected \(module.validVersions.joined(separator: ", "))")
    }
}
