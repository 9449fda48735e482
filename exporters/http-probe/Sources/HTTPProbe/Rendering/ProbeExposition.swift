import ExporterSDK
import Exposition

/// Writes a result as blackbox_exporter writes it, with a few metrics more.
///
/// All families of HTTP are there also where the probe failed early, so that no series comes and goes with the target;
/// those of TLS are there as soon as a certificate came, good or not.
struct ProbeExposition: Sendable {
    private let success = Metric(.gauge, "probe_success", "Displays whether or not the probe was a success")
    private let duration = Metric(
        .gauge,
        "probe_duration_seconds",
        "Returns how long the probe took to complete in seconds"
    )
    private let timeout = Metric(.gauge, "probe_timeout_seconds", "Returns the timeout of the probe in seconds")
    private let reason = Metric(.gauge, "probe_failure_reason", "Why the probe failed", labels: ["reason"])
    private let lookup = Metric(
        .gauge,
        "probe_dns_lookup_time_seconds",
        "Returns the time taken for probe dns lookup in seconds"
    )
    private let ipProtocol = Metric(
        .gauge,
        "probe_ip_protocol",
        "Specifies whether probe ip protocol is IP4 or IP6"
    )
    private let ipHash = Metric(
        .gauge,
        "probe_ip_addr_hash",
        "Specifies the hash of IP address. It's useful to detect if the IP address changes."
    )
    private let phase = Metric(
        .gauge,
        "probe_http_duration_seconds",
        "Duration of http request by phase, summed over all redirects",
        labels: ["phase"]
    )
    private let status = Metric(.gauge, "probe_http_status_code", "Response HTTP status code")
    private let contentLength = Metric(.gauge, "probe_http_content_length", "Length of http content response")
    private let bodyLength = Metric(
        .gauge,
        "probe_http_uncompressed_body_length",
        "Length of uncompressed response body"
    )
    private let redirects = Metric(.gauge, "probe_http_redirects", "The number of redirects")
    private let ssl = Metric(.gauge, "probe_http_ssl", "Indicates if SSL was used for the final redirect")
    private let version = Metric(
        .gauge,
        "probe_http_version",
        "Returns the version of HTTP of the probe response"
    )
    private let lastModified = Metric(
        .gauge,
        "probe_http_last_modified_timestamp_seconds",
        "Returns the Last-Modified HTTP response header in unixtime"
    )
    private let regex = Metric(.gauge, "probe_failed_due_to_regex", "Indicates if probe failed due to regex")
    private let cel = Metric(
        .gauge,
        "probe_failed_due_to_cel",
        "Indicates if probe failed due to CEL expression not matching"
    )
    private let earliestExpiry = Metric(
        .gauge,
        "probe_ssl_earliest_cert_expiry",
        "Returns earliest SSL cert expiry in unixtime"
    )
    private let chainExpiry = Metric(
        .gauge,
        "probe_ssl_last_chain_expiry_timestamp_seconds",
        "Returns last SSL chain expiry in unixtime"
    )
    private let verified = Metric(
        .gauge,
        "probe_ssl_verified",
        "Whether the certificate is trusted, in date and for this name"
    )
    private let chainInfo = Metric(
        .gauge,
        "probe_ssl_last_chain_info",
        "Contains SSL leaf certificate information",
        labels: ["fingerprint_sha256", "subject", "issuer", "subjectalternative", "serialnumber"]
    )
    private let tlsVersion = Metric(
        .gauge,
        "probe_tls_version_info",
        "Returns the TLS version used or NaN when unknown",
        labels: ["version"]
    )
    private let cipher = Metric(
        .gauge,
        "probe_tls_cipher_info",
        "Returns the TLS cipher negotiated during handshake",
        labels: ["cipher"]
    )

    func write(_ result: ProbeResult, timeout seconds: Double, into out: inout MetricWriter) {
        out.emit(success, result.isSuccess ? 1 : 0)
        out.emit(duration, result.duration)
        out.emit(timeout, seconds)
        if let failure = result.failure { out.emit(reason, 1, [.text(failure.rawValue)]) }
        writeAddress(result, &out)
        writePhases(result, &out)
        writeResponse(result.hops.last?.response ?? ProbeResult.Response(), &out)
        out.emit(redirects, Double(result.redirects))
        out.emit(regex, result.failedDueToRegex ? 1 : 0)
        if let failed = result.failedDueToCEL { out.emit(cel, failed ? 1 : 0) }
        if let certificate = result.hops.last?.certificate { write(certificate, &out) }
    }

    private func writeAddress(_ result: ProbeResult, _ out: inout MetricWriter) {
        guard result.wasResolved else { return }
        out.emit(lookup, result.hops.first?.phases.resolve ?? 0)
        let address = result.firstAddress
        out.emit(ipProtocol, address.map { $0.isIPv4 ? 4 : 6 } ?? 0)
        out.emit(ipHash, Double(address?.hash32 ?? 0))
    }

    private func writePhases(_ result: ProbeResult, _ out: inout MetricWriter) {
        let phases = result.phases
        if result.wasResolved { out.emit(phase, phases.resolve ?? 0, ["resolve"]) }
        out.emit(phase, phases.connect ?? 0, ["connect"])
        out.emit(phase, phases.tls ?? 0, ["tls"])
        out.emit(phase, phases.processing ?? 0, ["processing"])
        out.emit(phase, phases.transfer ?? 0, ["transfer"])
    }

    private func writeResponse(_ response: ProbeResult.Response, _ out: inout MetricWriter) {
        out.emit(status, Double(response.status))
        out.emit(contentLength, Double(response.contentLength))
        out.emit(bodyLength, Double(response.bodyBytes))
        out.emit(ssl, response.isTLS ? 1 : 0)
        out.emit(version, Double(response.version.dropFirst("HTTP/".count)) ?? 0)
        if let time = response.lastModified { out.emit(lastModified, time) }
    }

    private func write(_ certificate: ProbeResult.Certificate, _ out: inout MetricWriter) {
        out.emit(earliestExpiry, Double(certificate.earliestExpiry))
        if let expiry = certificate.chainExpiry { out.emit(chainExpiry, Double(expiry)) }
        out.emit(verified, certificate.isVerified ? 1 : 0)
        out.emit(
            chainInfo,
            1,
            [
                .text(certificate.fingerprint), .text(certificate.subject), .text(certificate.issuer),
                .text(certificate.names), .text(certificate.serial),
            ]
        )
        out.emit(tlsVersion, 1, [.text(certificate.version)])
        out.emit(cipher, 1, [.text(certificate.cipher)])
    }
}

extension IPAddress {
    /// FNV-1a of its bytes in 32 bits, which the peer exports to show that an address has changed.
    fileprivate var hash32: UInt32 { bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 } }
}
