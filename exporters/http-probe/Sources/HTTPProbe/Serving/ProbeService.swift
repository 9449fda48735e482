import ExporterSDK
import Exposition
import Instruments
import Logging

/// Answers `/probe` and what tells of probes.
final class ProbeService: Sendable {
    static let flags: [any FlagDeclaration] = [timeoutOffset, historyLimit, logLevel, concurrencyMax, queueMax]

    static let timeoutOffset = Flag(
        "timeout-offset",
        default: Duration.milliseconds(500),
        placeholder: "DURATION",
        help: "How long before the scraper gives up a probe ends."
    )
    static let historyLimit = Flag(
        "history.limit",
        default: 100,
        placeholder: "N",
        help: "Probes to keep for /probes and /logs, and as many that failed."
    )
    static let logLevel = Flag(
        "log.prober",
        default: "debug",
        placeholder: "LEVEL",
        help: "Level at which probes that fail are logged: debug, info, warn or error."
    )
    static let concurrencyMax = Flag(
        "probe.max-concurrent",
        default: 500,
        placeholder: "N",
        help: "Probes that run at once; more wait."
    )
    static let queueMax = Flag(
        "probe.max-queued",
        default: 1000,
        placeholder: "N",
        help: "Requests for a probe that wait; more are answered 503."
    )

    let engine: ProbeEngine
    let store: ConfigurationStore
    let gate: ProbeGate
    let counters: ProbeCounters
    let history: ProbeHistory
    private let exposition = ProbeExposition()
    private let offset: Duration
    private let failureLevel: Logger.Level
    private let logger: Logger

    init(_ flags: FlagValues, _ parts: ProbeParts, logger: Logger) throws(UsageError) {
        engine = parts.engine
        store = parts.store
        gate = parts.gate
        counters = parts.counters
        history = ProbeHistory(limit: flags[Self.historyLimit])
        offset = flags[Self.timeoutOffset]
        self.logger = logger
        let levels: [String: Logger.Level] = ["debug": .debug, "info": .info, "warn": .warning, "error": .error]
        guard let level = levels[flags[Self.logLevel]] else {
            throw UsageError("--\(Self.logLevel.name): debug, info, warn or error should be here")
        }
        failureLevel = level
    }

    var routes: [WebRoute] {
        [
            WebRoute(
                "/probe",
                methods: [.get, .post],
                help: "Probes a target: ?target=URL&module=NAME&hostname=NAME&debug=true.",
                timeout: .seconds(86_400),
                requestsMax: 0,
                later: { self.respond(to: $0, $1) }
            ),
            WebRoute("/probes", help: "The last probes.") { _ in self.list() },
            WebRoute("/logs", help: "What happened in a probe: ?id=N, or ?target=URL&module=NAME.") { self.log($0) },
            WebRoute("/config", help: "The configuration in force, without its secrets.") { _ in self.configuration() },
        ]
    }

    // MARK: /probe

    private func respond(to request: WebRequest, _ answer: @escaping @Sendable (WebResponse) -> Void) {
        let prepared: (ProbeRequest, Double)
        do throws(RefusedProbe) {
            prepared = try prepare(request)
        } catch {
            counters.count(error.outcome)
            return answer(.text(error.status, error.message))
        }
        let (probe, seconds) = prepared
        request.cancellation.cancelWhenInputEnds()
        let entry = gate.enter { [self] leave in
            guard !request.cancellation.isCancelled else {
                leave()
                counters.count(.canceled)
                return answer(Self.nobodyWaits)
            }
            let cancel = engine.start(probe) { [self] result in
                leave()
                guard result.failure != .canceled else {
                    counters.count(.canceled)
                    return answer(Self.nobodyWaits)
                }
                answer(response(to: request, probe, seconds, result))
            }
            request.cancellation.onCancel(cancel)
        }
        switch entry {
        case .ran: return
        case .waits(let number):
            request.cancellation.onCancel { [self] in
                guard gate.withdraw(number) else { return }
                counters.count(.canceled)
                answer(Self.nobodyWaits)
            }
        case .refused:
            counters.count(.overload)
            answer(.text(503, "Too many probes at once, try again later.", headers: [("Retry-After", "1")]))
        }
    }

    private static let nobodyWaits = WebResponse.text(499, "The client closed its side of the connection.")

    private struct RefusedProbe: Error {
        let status: Int
        let outcome: ProbeCounters.Outcome
        let message: String
    }

    private func prepare(_ request: WebRequest) throws(RefusedProbe) -> (ProbeRequest, Double) {
        func invalid(_ message: String) -> RefusedProbe {
            RefusedProbe(status: 400, outcome: .invalid, message: message)
        }
        let module = request.parameter("module").flatMap { $0.isEmpty ? nil : $0 } ?? TargetConfiguration.defaultModule
        guard let plan = store.plan(module) else {
            counters.unknownModules.increment()
            throw invalid("Unknown module \(module.debugDescription)")
        }
        guard let text = request.parameter("target"), !text.isEmpty else {
            throw invalid("Target parameter is missing")
        }
        let target: TargetURL
        switch TargetURL.parse(text) {
        case .success(let url): target = url
        case .failure(let problem): throw invalid("target: \(problem.message)")
        }
        let hostname = request.parameter("hostname").flatMap { $0.isEmpty ? nil : $0 }
        if let hostname {
            guard hostname.utf8.count <= 255, hostname.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F }) else {
                throw invalid("hostname: no name of a host")
            }
            if let other = plan.hostHeader, other.lowercased() != hostname.lowercased() {
                throw invalid(
                    "Host header defined both in module configuration (\(other)) and with URL-parameter 'hostname' (\(hostname))"
                )
            }
        }
        let header = request.headers("x-prometheus-scrape-timeout-seconds").first
        guard let seconds = ProbeTimeout.seconds(header: header, module: plan.timeout, offset: offset) else {
            throw RefusedProbe(
                status: 500,
                outcome: .invalid,
                message: "X-Prometheus-Scrape-Timeout-Seconds: no number"
            )
        }
        guard engine.settings.policy.permits(host: target.host, url: target.text) else {
            throw RefusedProbe(status: 403, outcome: .refused, message: "target: not among those that may be probed")
        }
        let deadline = monotonicNow().adding(.seconds(seconds))
        return (ProbeRequest(plan: plan, target: target, hostname: hostname, deadline: deadline), seconds)
    }

    private func response(
        to request: WebRequest,
        _ probe: ProbeRequest,
        _ seconds: Double,
        _ result: ProbeResult
    ) -> WebResponse {
        let isRefused = result.failure == .refusedTarget
        counters.count(result.isSuccess ? .success : isRefused ? .refused : .failure)
        let finished = FinishedProbe(
            module: probe.plan.name,
            target: probe.target.publicText,
            timeoutSeconds: seconds,
            result: result,
            configuration: store.configuration
        )
        history.add(finished)
        note(finished)
        if request.parameter("debug") == "true" {
            let text = DebugText(probe: finished, exposition: exposition).text
            return WebResponse(contentType: "text/plain; charset=utf-8", Array(text.utf8))
        }
        return .exposition(for: request) { exposition.write(result, timeout: seconds, into: &$0) }
    }

    private func note(_ probe: FinishedProbe) {
        guard let failure = probe.result.failure else { return }
        logger.log(
            level: failureLevel,
            "probe failed",
            metadata: [
                "target": "\(probe.target)", "module": "\(probe.module)", "reason": "\(failure.rawValue)",
                "error.message": "\(probe.result.detail)",
            ]
        )
    }

    // MARK: What tells of probes

    private func list() -> WebResponse {
        var lines = ["id\tmodule\ttarget\tresult\tseconds"]
        for probe in history.all {
            let outcome = probe.result.failure.map { "failure: \($0.rawValue)" } ?? "success"
            lines.append("\(probe.id)\t\(probe.module)\t\(probe.target)\t\(outcome)\t\(probe.result.duration)")
        }
        return .text(200, lines.joined(separator: "\n"))
    }

    private func log(_ request: WebRequest) -> WebResponse {
        let id = request.parameter("id")
        let target = request.parameter("target")
        let probe: FinishedProbe?
        switch (id, target) {
        case (let id?, nil):
            guard let id = Int(id) else { return .text(400, "id: no number") }
            probe = history.probe(id: id)
        case (nil, let target?):
            let module = request.parameter("module") ?? TargetConfiguration.defaultModule
            if case .success(let url) = TargetURL.parse(target) {
                probe = history.probe(target: url.publicText, module: module)
            } else {
                probe = nil
            }
        default: return .text(400, "either id, or target and module")
        }
        guard let probe else { return .text(404, "no such probe is kept") }
        let text = DebugText(probe: probe, exposition: exposition).text
        return WebResponse(contentType: "text/plain; charset=utf-8", Array(text.utf8))
    }

    private func configuration() -> WebResponse {
        let text =
            store.configuration.document.map { ConfigurationText.text($0) }
            ?? "modules:\n  http_2xx:\n    prober: http\n"
        return WebResponse(contentType: "text/plain; charset=utf-8", Array(text.utf8))
    }
}
