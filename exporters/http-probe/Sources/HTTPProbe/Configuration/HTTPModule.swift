import StrictYAML

/// The keys of a module's `http:`, as blackbox_exporter has them, and some of our own.
///
/// <https://github.com/prometheus/blackbox_exporter/blob/master/CONFIGURATION.md#http_probe>
struct HTTPModule: ConfigurationMap {
    var validStatusCodes: [Int] = []
    var validVersions: [String] = []
    var prefersIPv4 = false
    var fallsBack = true
    var skipsResolveWithProxy = false
    var method = "GET"
    var headers: [HeaderSetting] = []
    var body = Content.none
    var bodyMatches: [PatternSetting] = []
    var bodyNotMatches: [PatternSetting] = []
    var celMatches: CELExpression?
    var celNotMatches: CELExpression?
    var headerMatches: [HeaderCheck] = []
    var headerNotMatches: [HeaderCheck] = []
    var failsIfSSL = false
    var failsIfNotSSL = false
    var compression = Compression.none
    /// Bytes after decompression; nil is no limit.
    var bodyLimit: Int?
    var followsRedirects = true
    var credentials = CredentialSettings()
    var tls = TLSSettings()
    var proxy = ProxySettings()
    var enablesHTTP2 = true
    /// Ours: a socket in the file system in place of an address, and where to connect from.
    var unixSocket: String?
    var sourceAddress: String?
    var steps: [StepSetting] = []

    /// How a body is compressed, whatever its header says.
    enum Compression: String, Sendable, CaseIterable, ConfigurationValue {
        case none = ""
        case identity
        case gzip
        case deflate
        case brotli = "br"
    }

    /// A text that is given, or the name of a file that has it.
    enum Content: Sendable, Equatable {
        case none
        case text(String)
        case file(String)
    }

    init() {}

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        try readConnection(&keys)
        try readRequest(&keys)
        try readChecks(&keys)
        steps = try keys.value("steps", default: [])
    }

    private mutating func readConnection(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        switch try keys.value("preferred_ip_protocol", default: "ip6") {
        case "ip4": prefersIPv4 = true
        case "ip6", "": prefersIPv4 = false
        default: throw keys.error("preferred_ip_protocol", "ip4 or ip6 should be here")
        }
        fallsBack = try keys.value("ip_protocol_fallback", default: true)
        skipsResolveWithProxy = try keys.value("skip_resolve_phase_with_proxy", default: false)
        tls = try keys.map("tls_config")
        proxy = try ProxySettings(taking: &keys)
        enablesHTTP2 = try keys.value("enable_http2", default: true)
        if try keys.value("enable_http3", default: false) {
            throw keys.error("enable_http3", "HTTP/3 is not supported: Debian's libcurl is built without it")
        }
        unixSocket = try keys.path("unix_socket_path")
        sourceAddress = try keys.optional("source_address")
        followsRedirects = try keys.value("follow_redirects", default: true)
        if let follows = try keys.optional("no_follow_redirects", as: Bool.self) { followsRedirects = !follows }
    }

    private mutating func readRequest(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        method = try keys.value("method", default: "GET")
        guard !method.isEmpty, method.utf8.allSatisfy({ HeaderSetting.isToken($0) }) else {
            throw keys.error("method", "a method such as GET or POST should be here")
        }
        headers = try HeaderSetting.plain(&keys) + HeaderSetting.structured(&keys)
        let text = try keys.optional("body", as: String.self)
        let file = try keys.file("body_file")
        if text != nil, file != nil { throw keys.error("body_file", "body is there already: choose one") }
        body = text.map { .text($0) } ?? file.map { .file($0) } ?? .none
        compression = try keys.value("compression", default: .none)
        if compression != .none, compression != .identity,
            let accepted = headers.first(where: { $0.name.lowercased() == "accept-encoding" }),
            case .text(let value)? = accepted.values.first,
            !AcceptedEncodings(value.exposed).admit(compression.rawValue)
        {
            throw keys.error("compression", "the header Accept-Encoding does not admit \(compression.rawValue)")
        }
        bodyLimit = try keys.optional("body_size_limit", as: ByteSize.self)?.limit
        credentials = try CredentialSettings(taking: &keys)
    }

    private mutating func readChecks(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        validStatusCodes = try keys.value("valid_status_codes", default: [])
        validVersions = try Self.versions(&keys)
        bodyMatches = try keys.value("fail_if_body_matches_regexp", default: [])
        bodyNotMatches = try keys.value("fail_if_body_not_matches_regexp", default: [])
        celMatches = try keys.optional("fail_if_body_json_matches_cel")
        celNotMatches = try keys.optional("fail_if_body_json_not_matches_cel")
        headerMatches = try keys.value("fail_if_header_matches", default: [])
        headerNotMatches = try keys.value("fail_if_header_not_matches", default: [])
        failsIfSSL = try keys.value("fail_if_ssl", default: false)
        failsIfNotSSL = try keys.value("fail_if_not_ssl", default: false)
    }

    private static func versions(_ keys: inout ConfigurationKeys) throws(ConfigurationError) -> [String] {
        var versions: [String] = []
        for text in try keys.value("valid_http_versions", default: [String]()) {
            switch text {
            case "HTTP/1.0", "HTTP/1.1", "HTTP/2.0": versions.append(text)
            case "HTTP/2": versions.append("HTTP/2.0")
            case "HTTP/3.0", "HTTP/3":
                throw keys.error("valid_http_versions", "HTTP/3 is not supported: Debian's libcurl is built without it")
            default:
                throw keys.error(
                    "valid_http_versions",
                    "HTTP/1.0, HTTP/1.1 or HTTP/2.0 should be here, not \"\(text)\""
                )
            }
        }
        return versions
    }
}
