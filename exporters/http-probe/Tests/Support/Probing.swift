import Dispatch
import ExporterSDK
import ExporterTesting
import Exposition
import StrictYAML
import Synchronization

@testable import HTTPProbe

/// An engine with modules that a test writes as they stand in a file.
struct Probing {
    let engine: ProbeEngine

    init(_ change: (inout ProbeEngine.Settings) throws -> Void = { _ in }) throws {
        var settings = ProbeEngine.Settings()
        settings.resolverThreads = 2
        try change(&settings)
        engine = try ProbeEngine(settings)
    }

    /// A plan of the keys of a module's `http:`, in one line of YAML or several.
    static func plan(_ http: String) throws -> ProbePlan {
        let text = http.isEmpty ? "{}" : http
        let module = try HTTPModule(YAMLNode(yaml: Array(text.utf8), file: "test.yml"))
        return try ProbePlan("test", ModuleConfiguration(timeout: nil, http: module))
    }

    /// Begins a probe; what is returned calls it off.
    func start(
        _ target: String,
        _ http: String = "",
        seconds: Double,
        _ completion: @escaping @Sendable (ProbeResult) -> Void
    ) throws -> @Sendable () -> Void {
        let deadline = monotonicNow().adding(.seconds(seconds))
        let url = try TargetURL.parse(target).get()
        return engine.start(ProbeRequest(plan: try Self.plan(http), target: url, deadline: deadline), completion)
    }

    /// Probes and waits for the result.
    func probe(_ target: String, _ http: String = "", hostname: String? = nil, seconds: Double = 5) throws
        -> ProbeResult
    {
        try probe(target, Self.plan(http), hostname: hostname, seconds: seconds)
    }

    func probe(_ target: String, _ plan: ProbePlan, hostname: String? = nil, seconds: Double = 5) throws -> ProbeResult
    {
        let url = try TargetURL.parse(target).get()
        let deadline = monotonicNow().adding(.seconds(seconds))
        let result = Mutex<ProbeResult?>(nil)
        let done = DispatchSemaphore(value: 0)
        engine.start(ProbeRequest(plan: plan, target: url, hostname: hostname, deadline: deadline)) { found in
            result.withLock { $0 = found }
            done.signal()
        }
        guard done.wait(timeout: .now() + seconds + 10) == .success, let found = result.withLock({ $0 }) else {
            throw ProgramError("the probe of \(target) does not end")
        }
        return found
    }
}

extension ProbeResult {
    /// The answer that was judged.
    var response: Response { hops.last?.response ?? Response() }

    /// As `/probe` writes it.
    var exposition: String {
        var writer = MetricWriter(format: .text)
        ProbeExposition().write(self, timeout: 5, into: &writer)
        var bytes: [UInt8] = []
        _ = MetricWriter.join([writer], into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The value of a series of the exposition.
    subscript(series: String) -> Double? {
        let line = exposition.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.utf8.count + 1)) }
    }
}
