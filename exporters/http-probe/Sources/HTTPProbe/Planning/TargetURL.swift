import CCurl

/// A URL that can be probed: of http or https, in the form that libcurl sees it, without its credentials.
struct TargetURL: Sendable, Hashable {
    let scheme: String
    /// Without the brackets of IPv6, in lower case; an address in an odd form is in the usual one.
    let host: String
    let port: Int
    /// Path and query, as they are sent.
    let path: String
    let query: String?
    /// From `https://user:password@host`; not part of any text here.
    let user: String?
    let password: String?

    /// What is wrong with a URL.
    struct Problem: Error, Equatable {
        let message: String
        /// Whether it is a URL, of another scheme than those that are probed.
        var hasOtherScheme = false
    }

    static let bytesMax = 8192

    /// Reads a URL; without a scheme it is one of http. With a base, one that is relative to it.
    static func parse(_ text: String, relativeTo base: TargetURL? = nil) -> Result<TargetURL, Problem> {
        guard text.utf8.count <= bytesMax else { return .failure(Problem(message: "longer than \(bytesMax) bytes")) }
        guard !text.isEmpty, let url = curl_url() else { return .failure(Problem(message: "no URL")) }
        defer { curl_url_cleanup(url) }
        let lenient = UInt32(CURLU_DEFAULT_SCHEME | CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE)
        if let base { _ = curl_url_set(url, CURLUPART_URL, base.text, UInt32(CURLU_NON_SUPPORT_SCHEME)) }
        // libcurl guesses the scheme by the name's beginning, "ftp." for one; the peer does not.
        let hasScheme = base != nil || text.hasScheme
        let code = curl_url_set(url, CURLUPART_URL, hasScheme ? text : "http://" + text, lenient)
        guard code == CURLUE_OK else {
            return .failure(Problem(message: String(cString: curl_url_strerror(code)).lowercased()))
        }
        func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(url, part, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
        guard let scheme = part(CURLUPART_SCHEME)?.lowercased(), scheme == "http" || scheme == "https" else {
            return .failure(Problem(message: "only http and https are probed", hasOtherScheme: true))
        }
        guard let host = part(CURLUPART_HOST).map(plainHost), !host.isEmpty, host.utf8.count <= 255 else {
            return .failure(Problem(message: "no host"))
        }
        guard let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT).flatMap({ Int($0) }), (1...65_535).contains(port)
        else { return .failure(Problem(message: "no port")) }
        return .success(
            TargetURL(
                scheme: scheme,
                host: host,
                port: port,
                path: part(CURLUPART_PATH) ?? "/",
                query: part(CURLUPART_QUERY),
                user: part(CURLUPART_USER, CURLU_URLDECODE),
                password: part(CURLUPART_PASSWORD, CURLU_URLDECODE)
            )
        )
    }

    var isTLS: Bool { scheme == "https" }
    private var isDefaultPort: Bool { port == (isTLS ? 443 : 80) }
    /// The host as URLs have it.
    var bracketedHost: String { host.contains(":") ? "[\(host)]" : host }

    /// `example.org` or `example.org:8080`, as the header Host has it.
    var authority: String { isDefaultPort ? bracketedHost : "\(bracketedHost):\(port)" }
    /// The whole, without credentials.
    var text: String { "\(scheme)://\(authority)\(path)\(query.map { "?" + $0 } ?? "")" }
    /// Without what may hold secrets: for labels and logs.
    var publicText: String { "\(scheme)://\(authority)\(path)" }

    /// The same, with another host to name in the handshake and in the certificate.
    func text(withHost other: String) -> String {
        let name = other.contains(":") ? "[\(other)]" : other
        return "\(scheme)://\(name):\(port)\(path)\(query.map { "?" + $0 } ?? "")"
    }

    /// Whether credentials for the other URL may go to this one.
    func isSameSite(as other: TargetURL) -> Bool {
        host == other.host && port == other.port && scheme == other.scheme
            || host == other.host && !other.isTLS && isTLS
    }

    private static func plainHost(_ host: String) -> String {
        guard host.hasPrefix("["), host.hasSuffix("]") else { return host.lowercased() }
        return String(host.dropFirst().dropLast().prefix { $0 != "%" }).lowercased()
    }
}

extension String {
    /// Whether it begins like `https://`.
    var hasScheme: Bool {
        var rest = utf8[...]
        let letters = rest.prefix { HeaderSetting.isToken($0) }
        rest = rest.dropFirst(letters.count)
        return !letters.isEmpty && rest.starts(with: "://".utf8)
    }
}
