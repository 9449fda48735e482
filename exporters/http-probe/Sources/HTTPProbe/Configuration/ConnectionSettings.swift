import StrictYAML

/// `tls_config`: whom to trust, who to be.
struct TLSSettings: ConfigurationMap {
    var ca = HTTPModule.Content.none
    var certificate = HTTPModule.Content.none
    var key: CredentialSettings.Source?
    var serverName: String?
    var skipsVerification = false
    var minimum: Version?
    var maximum: Version?

    enum Version: String, Sendable, CaseIterable, ConfigurationValue, Comparable {
        case tls10 = "TLS10"
        case tls11 = "TLS11"
        case tls12 = "TLS12"
        case tls13 = "TLS13"

        static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    init() {}

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        ca = try Self.content(&keys, "ca", "ca_file")
        certificate = try Self.content(&keys, "cert", "cert_file")
        key = try CredentialSettings.source(&keys, "key", "key_file")
        if (certificate == .none) != (key == nil) {
            throw keys.error("cert_file", "a certificate and its key belong together")
        }
        serverName = try keys.optional("server_name")
        if serverName?.isEmpty == true { serverName = nil }
        skipsVerification = try keys.value("insecure_skip_verify", default: false)
        minimum = try keys.optional("min_version")
        maximum = try keys.optional("max_version")
        if let minimum, let maximum, minimum > maximum {
            throw keys.error("max_version", "lower than min_version")
        }
    }

    private static func content(
        _ keys: inout ConfigurationKeys,
        _ key: String,
        _ fileKey: String
    ) throws(ConfigurationError) -> HTTPModule.Content {
        let text = try keys.optional(key, as: String.self)
        let file = try keys.file(fileKey)
        if text != nil, file != nil { throw keys.error(fileKey, "\(key) is there already: choose one") }
        return text.map { .text($0) } ?? file.map { .file($0) } ?? .none
    }
}

/// The proxy that requests go through.
struct ProxySettings: Sendable {
    enum Kind: Sendable {
        case none
        /// The URL, which may hold a password, and the hosts that are asked without it.
        case url(Secret, except: String)
        /// `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`.
        case environment
    }

    var kind = Kind.none
    /// Headers of CONNECT.
    var headers: [HeaderSetting] = []

    init() {}

    init(taking keys: inout ConfigurationKeys) throws(ConfigurationError) {
        let url = try keys.optional("proxy_url", as: Secret.self)
        let except = try keys.optional("no_proxy", as: String.self)
        let isFromEnvironment = try keys.value("proxy_from_environment", default: false)
        if let url {
            guard Self.isURL(url.exposed) else {
                throw keys.error("proxy_url", "a URL of http, https or socks should be here")
            }
            if isFromEnvironment { throw keys.error("proxy_from_environment", "proxy_url is there already") }
            kind = .url(url, except: except ?? "")
        } else {
            if except != nil { throw keys.error("no_proxy", "there is no proxy_url") }
            kind = isFromEnvironment ? .environment : .none
        }
        let lists = try keys.value("proxy_connect_header", default: [String: [Secret]]())
        guard lists.isEmpty || url != nil || isFromEnvironment else {
            throw keys.error("proxy_connect_header", "there is no proxy_url")
        }
        for (name, values) in lists.sorted(by: { $0.key < $1.key }) {
            guard name.utf8.allSatisfy(HeaderSetting.isToken), values.allSatisfy({ HeaderSetting.isClean($0.exposed) })
            else { throw keys.error("proxy_connect_header", "no header") }
            headers.append(HeaderSetting(name: name, values: values.map { .text($0) }, isSecret: true))
        }
    }

    private static func isURL(_ text: String) -> Bool {
        if isTLS(text), case .failure = TargetURL.parse(text) { return false }
        let text = text.lowercased()
        let known = ["http://", "https://", "socks5://", "socks5h://", "socks4://", "socks4a://"]
        return known.contains(where: text.hasPrefix)
    }

    /// Whether a proxy is spoken to over TLS.
    static func isTLS(_ url: String) -> Bool { url.lowercased().hasPrefix("https://") }
}
