import CCurl
import Glibc

/// A handle of libcurl with what it reports to: used by one thread, again and again.
final class Transfer {
    let easy: UnsafeMutableRawPointer
    let exchange: UnsafeMutablePointer<ccurl_exchange>
    private let errorBuffer: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private var texts: [UnsafeMutablePointer<CChar>] = []

    /// Called with itself when libcurl has ended it.
    var whenDone: ((CURLcode) -> Void)?
    private(set) var sink = ResponseSink()

    /// What it was given to hold on to while it runs.
    private var trust: TrustStore?

    init?() {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        exchange = .allocate(capacity: 1)
        exchange.initialize(to: ccurl_exchange())
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        // A first cookie makes libcurl keep cookies from here on, also over resets. The usual CURLOPT_COOKIEFILE would have
        // to be set anew after each of these, and leaks what was set before.
        _ = ccurl_set_text(easy, CURLOPT_COOKIELIST, "Set-Cookie: a=b; domain=example.invalid")
        _ = ccurl_set_text(easy, CURLOPT_COOKIELIST, "ALL")
    }

    deinit {
        clear()
        curl_easy_cleanup(easy)
        ccurl_exchange_clear(exchange)
        exchange.deallocate()
        errorBuffer.deallocate()
    }

    /// What libcurl says of the last failure.
    var errorText: String { String(cString: errorBuffer) }

    /// Makes it ready for a request, with a sink for its answer. False where libcurl refuses a setting.
    func prepare(_ request: HopRequest, _ plan: ProbePlan, _ sink: ResponseSink, milliseconds: Int) -> Bool {
        clear()
        curl_easy_reset(easy)
        ccurl_exchange_clear(exchange)
        errorBuffer[0] = 0
        self.sink = sink
        var options = TransferOptions(easy: easy)
        options.set(CURLOPT_PRIVATE, context: Unmanaged.passUnretained(self).toOpaque())
        _ = ccurl_set_error_buffer(easy, errorBuffer)
        options.setBasics(milliseconds: milliseconds)
        options.set(request, plan)
        lists = options.lists
        options.check(receive())
        options.check(observe(request, plan))
        return options.isGood
    }

    /// Forgets cookies, so that another probe can have it.
    func forget() {
        clear()
        _ = ccurl_set_text(easy, CURLOPT_COOKIELIST, "ALL")
    }

    private func clear() {
        for list in lists { curl_slist_free_all(list) }
        lists = []
        for text in texts { free(text) }
        texts = []
        trust = nil
    }

    private func observe(_ request: HopRequest, _ plan: ProbePlan) -> CURLcode {
        let proxyName = request.proxy?.certificateName
        exchange.pointee.name = kept(request.certificateName)
        exchange.pointee.proxy_name = proxyName.flatMap(kept)
        exchange.pointee.is_secure = request.url.isTLS
        exchange.pointee.must_verify = !plan.module.tls.skipsVerification
        if request.url.isTLS || proxyName != nil {
            guard let trust = plan.trustStore else { return CURLE_SSL_CACERT_BADFILE }
            self.trust = trust
            trust.withPointer { exchange.pointee.trust = $0 }
        }
        return ccurl_observe(easy, exchange)
    }

    /// A text that is there until the next request.
    private func kept(_ text: String) -> UnsafePointer<CChar>? {
        guard let copy = strdup(text) else { return nil }
        texts.append(copy)
        return UnsafePointer(copy)
    }

    private func receive() -> CURLcode {
        ccurl_set_receivers(
            easy,
            { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                let raw = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return transfer.sink.receive(header: raw) ? raw.count : 0
            },
            { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                let raw = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return transfer.sink.receive(body: raw) ? raw.count : 0
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }
}
