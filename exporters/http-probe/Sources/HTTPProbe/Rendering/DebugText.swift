import Exposition

/// A probe told to people: what happened, the metrics, and the module without its secrets. Made only when asked for.
struct DebugText {
    let probe: FinishedProbe
    let exposition: ProbeExposition

    var text: String {
        var out = "Logs for the probe:\n" + log
        out += "\n\n\nMetrics that would have been returned:\n"
        var writer = MetricWriter(format: .text)
        exposition.write(probe.result, timeout: probe.timeoutSeconds, into: &writer)
        var bytes: [UInt8] = []
        _ = MetricWriter.join([writer], into: &bytes)
        out += String(decoding: bytes, as: UTF8.self)
        out += "\n\n\nModule configuration:\n" + probe.moduleText
        return out
    }

    private var log: String {
        let result = probe.result
        var lines = [
            "Beginning probe module=\(probe.module) target=\(probe.target) timeout_seconds=\(probe.timeoutSeconds)"
        ]
        for (index, hop) in result.hops.enumerated() {
            lines.append("Making HTTP request number=\(index + 1) url=\(hop.url)")
            if let address = hop.address {
                lines.append("Resolved target address ip=\(address)\(Self.span("seconds", hop.phases.resolve))")
            }
            if let certificate = hop.certificate {
                lines.append(
                    "Received certificate subject=\(certificate.subject.debugDescription) issuer=\(certificate.issuer.debugDescription)"
                        + " verified=\(certificate.isVerified) version=\(certificate.version.debugDescription) cipher=\(certificate.cipher)"
                )
            }
            if hop.response.status != 0 {
                lines.append(
                    "Received HTTP response status_code=\(hop.response.status) version=\(hop.response.version)"
                        + " body_bytes=\(hop.response.bodyBytes)"
                )
                for header in hop.response.headers where header.name.lowercased() != "set-cookie" {
                    lines.append("  \(header.name): \(header.value)")
                }
            }
            lines.append(
                "Response timings for the request\(Self.span("resolve", hop.phases.resolve))"
                    + "\(Self.span("connect", hop.phases.connect))\(Self.span("tls", hop.phases.tls))"
                    + "\(Self.span("processing", hop.phases.processing))\(Self.span("transfer", hop.phases.transfer))"
            )
        }
        if let failure = result.failure {
            lines.append(
                "Probe failed reason=\(failure.rawValue) detail=\(result.detail.debugDescription)\(Self.span("duration_seconds", result.duration))"
            )
        } else {
            lines.append("Probe succeeded\(Self.span("duration_seconds", result.duration))")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func span(_ name: String, _ seconds: Double?) -> String { seconds.map { " \(name)=\($0)" } ?? "" }
}
