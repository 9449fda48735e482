import CCurl
import Glibc

/// What a transfer tells when it has ended.
struct HopFacts {
    private let transfer: Transfer
    private let request: HopRequest
    private let end = monotonicNow()

    init(_ transfer: Transfer, _ request: HopRequest) {
        self.transfer = transfer
        self.request = request
    }

    private var exchange: ccurl_exchange { transfer.exchange.pointee }

    func fill(_ hop: inout ProbeResult.Hop) {
        let sink = transfer.sink
        hop.phases = phases(hop.phases.resolve, sink)
        hop.certificate = certificate
        hop.response.isTLS = request.url.isTLS && sink.status != 0
        hop.response.status = sink.status
        hop.response.headers = sink.headers
        guard sink.status != 0 else { return }
        hop.response.version = Self.version(ccurl_long(transfer.easy, CURLINFO_HTTP_VERSION))
        hop.response.contentLength = ccurl_offset(transfer.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
        hop.response.bodyBytes = sink.bodyBytes
        if let text = hop.response.values("last-modified").first {
            let time = curl_getdate(text, nil)
            if time >= 0 { hop.response.lastModified = Double(time) }
        }
    }

    /// A phase that was not ended lasted until the end: that is where the time went.
    private func phases(_ resolve: Double?, _ sink: ResponseSink) -> ProbeResult.Phases {
        func span(_ start: UInt64, _ stop: UInt64) -> Double? {
            start == 0 ? nil : (stop == 0 ? end : stop).seconds(since: start)
        }
        return ProbeResult.Phases(
            resolve: resolve,
            connect: span(exchange.connecting, exchange.connected),
            tls: span(exchange.handshaking, exchange.handshaken),
            processing: span(exchange.ready, sink.firstByte),
            transfer: span(sink.firstByte, end)
        )
    }

    private var certificate: ProbeResult.Certificate? {
        guard exchange.has_certificate else { return nil }
        func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
        let fingerprint = withUnsafeBytes(of: exchange.fingerprint) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let version = text(exchange.version)
        return ProbeResult.Certificate(
            isVerified: ccurl_verdict_of(exchange.verify_error) == CCURL_VALID && !exchange.is_name_wrong,
            earliestExpiry: exchange.earliest_expiry,
            chainExpiry: exchange.chain_expiry == 0 ? nil : exchange.chain_expiry,
            fingerprint: fingerprint,
            subject: text(exchange.subject),
            issuer: text(exchange.issuer),
            names: text(exchange.names),
            serial: text(exchange.serial),
            version: version.hasPrefix("TLSv") ? "TLS " + Self.dotted(version.dropFirst(4)) : version,
            cipher: text(exchange.cipher)
        )
    }

    private static func dotted(_ version: Substring) -> String { version == "1" ? "1.0" : String(version) }

    private static func version(_ code: Int) -> String {
        switch code {
        case CURL_HTTP_VERSION_1_0: "HTTP/1.0"
        case CURL_HTTP_VERSION_1_1: "HTTP/1.1"
        case CURL_HTTP_VERSION_2_0: "HTTP/2.0"
        default: ""
        }
    }

    // MARK: Failures

    /// Why the transfer failed; nil where it did not.
    func failure(_ code: CURLcode) -> (FailureReason, String)? {
        switch transfer.sink.stop {
        case .none, .redirect: break
        case .headersTooLarge: return (.protocolError, "the headers are larger than 256 KiB")
        case .bodyTooLarge: return (.bodyTooLarge, "the body is larger than its limit")
        case .notCompressed: return (.encoding, "the body is not compressed as the module says")
        }
        if exchange.is_refused { return certificateFailure }
        if code == CURLE_OK || transfer.sink.stop == .redirect {
            let isWhole = transfer.sink.isComplete || request.method == "HEAD" || transfer.sink.stop == .redirect
            return isWhole ? nil : (.encoding, "the compressed body ends too early")
        }
        let text = transfer.errorText.isEmpty ? String(cString: curl_easy_strerror(code)) : transfer.errorText
        return (reason(code), text)
    }

    private var certificateFailure: (FailureReason, String) {
        let text = String(cString: ccurl_verify_text(exchange.verify_error))
        switch ccurl_verdict_of(exchange.verify_error) {
        case CCURL_VALID: return (.certificateName, "the certificate is not for \(request.certificateName)")
        case CCURL_EXPIRED: return (.certificateExpired, text)
        case CCURL_UNTRUSTED: return (.certificateUntrusted, text)
        default: return (.certificateInvalid, text)
        }
    }

    private func reason(_ code: CURLcode) -> FailureReason {
        let isProxied = request.proxy != nil
        // Nothing was sent to the target yet, through a tunnel or otherwise.
        let isAtProxy = isProxied && exchange.ready == 0 && exchange.handshaking == 0
        switch code {
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: return .proxy
        case CURLE_COULDNT_RESOLVE_HOST: return .dns
        case CURLE_COULDNT_CONNECT: return isProxied ? .proxy : .connect
        case CURLE_INTERFACE_FAILED: return .connect
        case CURLE_OPERATION_TIMEDOUT: return .timeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED: return isAtProxy ? .proxy : .tls
        case CURLE_PEER_FAILED_VERIFICATION: return isAtProxy ? .proxy : .certificateInvalid
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_URL_MALFORMAT: return .configuration
        case CURLE_GOT_NOTHING: return .emptyReply
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            if isAtProxy { return .proxy }
            return transfer.sink.status == 0 ? .emptyReply : .receive
        case CURLE_PARTIAL_FILE: return .receive
        case CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL:
            return .protocolError
        case CURLE_BAD_CONTENT_ENCODING: return .encoding
        default: return .other
        }
    }
}
