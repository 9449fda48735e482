import StrictYAML

/// A web configuration in force: read, checked, and ready for use.
struct WebSettings: Sendable {
    var tls: TLSSettings?
    var headers: [(name: String, value: String)] = []
    var users: [String: PasswordHash] = [:]
    var tokens: BearerTokens?
    var rateLimit: RateLimitConfiguration?
    var isHealthOpen = false
    /// Files with secrets in them that others may read.
    var exposedFiles: [String] = []

    var needsAuthentication: Bool { !users.isEmpty || tokens != nil }

    /// What a client that shows nothing is asked for.
    var challenges: [String] { (users.isEmpty ? [] : ["Basic"]) + (tokens == nil ? [] : ["Bearer"]) }
}
