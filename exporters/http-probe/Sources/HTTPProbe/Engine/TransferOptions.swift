import CCurl
import ExporterSDK
import StrictYAML

/// Sets a handle's options, and remembers whether libcurl took all of them.
struct TransferOptions {
    let easy: UnsafeMutableRawPointer
    private(set) var isGood = true
    /// Lists that must live as long as the transfer.
    private(set) var lists: [UnsafeMutablePointer<curl_slist>] = []

    init(easy: UnsafeMutableRawPointer) { self.easy = easy }

    mutating func check(_ code: CURLcode) { if code != CURLE_OK { isGood = false } }

    mutating func set(_ option: CURLoption, _ value: Int) { check(ccurl_set_long(easy, option, value)) }
    mutating func set(_ option: CURLoption, _ value: Bool) { set(option, value ? 1 : 0) }
    mutating func set(_ option: CURLoption, _ text: String) { check(ccurl_set_text(easy, option, text)) }
    mutating func set(_ option: CURLoption, context: UnsafeMutableRawPointer) {
        check(ccurl_set_private(easy, context))
    }
    mutating func set(_ option: CURLoption, blob text: String) {
        let bytes = Array(text.utf8)
        check(ccurl_set_blob(easy, option, bytes, bytes.count))
    }

    mutating func set(_ option: CURLoption, list items: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for item in items {
            guard let longer = curl_slist_append(list, item) else {
                isGood = false
                break
            }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        check(ccurl_set_list(easy, option, list))
    }

    /// What holds for every probe: a connection of its own, nothing kept, nothing read from the user's files.
    mutating func setBasics(milliseconds: Int) {
        set(CURLOPT_NOSIGNAL, true)
        set(CURLOPT_TIMEOUT_MS, max(1, milliseconds))
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, milliseconds))
        set(CURLOPT_FRESH_CONNECT, true)
        set(CURLOPT_FORBID_REUSE, true)
        set(CURLOPT_SSL_SESSIONID_CACHE, false)
        set(CURLOPT_FOLLOWLOCATION, false)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_HTTP09_ALLOWED, false)
        set(CURLOPT_HTTP_CONTENT_DECODING, false)
        set(CURLOPT_CA_CACHE_TIMEOUT, 0)
        // Of which hundreds may wait at once; answers are small.
        set(CURLOPT_BUFFERSIZE, 4096)
    }

    /// As the peer prefers them: the first is as safe as the second, which is OpenSSL's first, and cheaper.
    private static let ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

    /// What a module and a hop say.
    mutating func set(_ request: HopRequest, _ plan: ProbePlan) {
        set(CURLOPT_URL, request.urlText)
        if let host = request.connectHost { set(CURLOPT_CONNECT_TO, list: ["::\(host):\(request.url.port)"]) }
        if let socket = plan.module.unixSocket { set(CURLOPT_UNIX_SOCKET_PATH, socket) }
        if let source = plan.module.sourceAddress { set(CURLOPT_INTERFACE, source) }
        set(
            CURLOPT_HTTP_VERSION,
            Int(plan.module.enablesHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
        )
        setMethod(request)
        set(CURLOPT_HTTPHEADER, list: Self.lines(request))
        setLogin(request.login)
        setTLS(plan.module.tls, .server)
        if let proxy = request.proxy {
            if proxy.certificateName != nil { setTLS(plan.module.tls, .proxy) }
            set(CURLOPT_PROXY, proxy.url)
            // What a proxy says is no answer of the target.
            set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
            set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
            set(CURLOPT_PROXYHEADER, list: proxy.headers.map { "\($0.name): \($0.value)" })
        }
    }

    private mutating func setMethod(_ request: HopRequest) {
        if request.method == "HEAD" { set(CURLOPT_NOBODY, true) }
        let needsBody =
            switch request.method {
            case "GET", "HEAD", "OPTIONS", "DELETE", "TRACE": false
            default: true
            }
        if let body = request.body ?? (needsBody ? [] : nil), request.method != "HEAD" {
            set(CURLOPT_POST, true)
            check(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, Int64(body.count)))
            body.withUnsafeBytes { bytes in
                let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                check(
                    bytes.isEmpty
                        ? ccurl_set_text(easy, CURLOPT_COPYPOSTFIELDS, "")
                        : ccurl_set_text(easy, CURLOPT_COPYPOSTFIELDS, start)
                )
            }
        }
        if request.method != "GET" || request.body != nil { set(CURLOPT_CUSTOMREQUEST, request.method) }
    }

    /// The headers as lines; what libcurl would add by itself and nobody asked for is taken back.
    private static func lines(_ request: HopRequest) -> [String] {
        var lines = request.headers.map { $0.value.isEmpty ? $0.name + ";" : $0.name + ": " + $0.value }
        func takeBack(_ name: String, _ line: String) {
            if !request.headers.contains(where: { $0.name.lowercased() == name }) { lines.append(line) }
        }
        takeBack("accept", "Accept:")
        takeBack("expect", "Expect:")
        takeBack("content-type", "Content-Type:")
        if let host = request.hostHeader { lines.append("Host: \(host)") }
        return lines
    }

    private mutating func setLogin(_ login: HopRequest.Login) {
        switch login {
        case .none: return
        case .basic(let user, let password):
            set(CURLOPT_HTTPAUTH, Self.basic)
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password)
        case .digest(let user, let password):
            set(CURLOPT_HTTPAUTH, Self.digest)
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password)
        case .sigv4(let parameters, let key, let secret):
            set(CURLOPT_AWS_SIGV4, parameters)
            set(CURLOPT_USERNAME, key)
            set(CURLOPT_PASSWORD, secret)
        }
    }

    /// What libcurl calls the settings of TLS: with the server, and with a proxy.
    private struct NamesOfTLS {
        let verifiesChain, verifiesName, authorityFile, authorityFolder: CURLoption
        let versions, ciphers, newCiphers: CURLoption
        let certificate, certificateText, key, keyText: CURLoption

        static let server = NamesOfTLS(
            verifiesChain: CURLOPT_SSL_VERIFYPEER,
            verifiesName: CURLOPT_SSL_VERIFYHOST,
            authorityFile: CURLOPT_CAINFO,
            authorityFolder: CURLOPT_CAPATH,
            versions: CURLOPT_SSLVERSION,
            ciphers: CURLOPT_SSL_CIPHER_LIST,
            newCiphers: CURLOPT_TLS13_CIPHERS,
            certificate: CURLOPT_SSLCERT,
            certificateText: CURLOPT_SSLCERT_BLOB,
            key: CURLOPT_SSLKEY,
            keyText: CURLOPT_SSLKEY_BLOB
        )
        static let proxy = NamesOfTLS(
            verifiesChain: CURLOPT_PROXY_SSL_VERIFYPEER,
            verifiesName: CURLOPT_PROXY_SSL_VERIFYHOST,
            authorityFile: CURLOPT_PROXY_CAINFO,
            authorityFolder: CURLOPT_PROXY_CAPATH,
            versions: CURLOPT_PROXY_SSLVERSION,
            ciphers: CURLOPT_PROXY_SSL_CIPHER_LIST,
            newCiphers: CURLOPT_PROXY_TLS13_CIPHERS,
            certificate: CURLOPT_PROXY_SSLCERT,
            certificateText: CURLOPT_PROXY_SSLCERT_BLOB,
            key: CURLOPT_PROXY_SSLKEY,
            keyText: CURLOPT_PROXY_SSLKEY_BLOB
        )
    }

    private mutating func setTLS(_ tls: TLSSettings, _ names: NamesOfTLS) {
        // Verified by ourselves; see CCurl.c.
        set(names.verifiesChain, false)
        set(names.verifiesName, false)
        check(ccurl_set_text(easy, names.authorityFolder, nil))
        check(ccurl_set_text(easy, names.authorityFile, nil))
        set(names.newCiphers, Self.ciphers)
        var versions = 0
        switch tls.minimum {
        case .tls10: versions = CURL_SSLVERSION_TLSv1_0
        case .tls11: versions = CURL_SSLVERSION_TLSv1_1
        case .tls13: versions = CURL_SSLVERSION_TLSv1_3
        case .tls12, nil: versions = CURL_SSLVERSION_TLSv1_2
        }
        switch tls.maximum {
        case .tls10: versions = CURL_SSLVERSION_TLSv1_0 | CURL_SSLVERSION_MAX_TLSv1_0
        case .tls11:
            versions = min(versions, CURL_SSLVERSION_TLSv1_1) | CURL_SSLVERSION_MAX_TLSv1_1
        case .tls12: versions |= CURL_SSLVERSION_MAX_TLSv1_2
        case .tls13, nil: break
        }
        set(names.versions, versions)
        // OpenSSL refuses what such old versions use, unless it is told that nobody relies on it.
        if (tls.minimum ?? .tls12) < .tls12 || (tls.maximum ?? .tls13) < .tls12 {
            set(names.ciphers, "DEFAULT@SECLEVEL=0")
        }
        switch tls.certificate {
        case .none: break
        case .text(let text): set(names.certificateText, blob: text)
        case .file(let path): set(names.certificate, path)
        }
        switch tls.key {
        case nil: break
        case .text(let text): set(names.keyText, blob: text.exposed)
        case .file(let path): set(names.key, path)
        }
    }

    // CURLAUTH_BASIC and CURLAUTH_DIGEST, whose macros Swift can't read.
    private static let basic = 1
    private static let digest = 2
}
