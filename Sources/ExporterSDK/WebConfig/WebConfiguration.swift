import StrictYAML

/// A web configuration file as it stands, with exporter-toolkit's keys and one section of our own.
///
/// See <https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md>.
struct WebConfiguration: ConfigurationMap {
    let tls: TLSServerConfiguration
    let http: HTTPServerConfiguration
    let users: [String: PasswordHash]
    let rateLimit: RateLimitConfiguration?
    let own: OwnWebConfiguration

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        tls = try keys.map("tls_server_config")
        http = try keys.map("http_server_config")
        users = try keys.value("basic_auth_users", default: [:])
        let rateLimit: RateLimitConfiguration? = try keys.optional("rate_limit")
        self.rateLimit = rateLimit.flatMap { $0.interval > .zero ? $0 : nil }
        own = try keys.map("exporter_settings")
        for user in users.keys where user.contains(":") {
            throw keys.error("basic_auth_users", "a user's name can't have a colon, as it ends there in a request")
        }
    }
}

/// `rate_limit`: one request each interval, and some at once.
struct RateLimitConfiguration: ConfigurationMap, Equatable {
    let interval: Duration
    let burst: Int

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        interval = try keys.value("interval", default: .zero)
        burst = try keys.value("burst", default: 1)
        guard burst >= 1 || interval == .zero else {
            throw keys.error("burst", "with less than 1 no request would ever be answered")
        }
    }
}

/// `exporter_settings`: what the toolkit has not.
struct OwnWebConfiguration: ConfigurationMap {
    /// Whether `/-/healthy` and `/-/ready` answer everybody.
    let isHealthOpen: Bool
    /// A file of tokens, one a line, each of which lets in who sends it as `Authorization: Bearer`.
    let bearerTokensFile: FileReference?

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        isHealthOpen = try keys.value("health_without_authentication", default: false)
        bearerTokensFile = try FileReference(&keys, "bearer_tokens_file")
    }
}

/// A file that a configuration names, and where it does.
struct FileReference: Sendable {
    let path: String
    let key: String
    let position: FilePosition

    /// Nil where the key has no value, or an empty one.
    init?(_ keys: inout ConfigurationKeys, _ key: String) throws(ConfigurationError) {
        guard let path = try keys.path(key), !path.isEmpty else { return nil }
        self.path = path
        self.key = key
        position = keys.node(key)?.position ?? keys.position
    }
}
