import StrictYAML

/// Who to be at a target.
struct CredentialSettings: Sendable {
    enum Source: Sendable {
        case text(Secret)
        /// Read anew at each probe.
        case file(String)
    }

    enum Kind: Sendable {
        case none
        case basic(user: Source, password: Source?)
        case digest(user: Source, password: Source?)
        case header(type: String, credentials: Source)
        case oauth(OAuthSettings)
        case sigv4(SignatureSettings)
    }

    var kind = Kind.none

    init() {}

    /// Takes the keys of a module that say it; of several kinds there may be one.
    init(taking keys: inout ConfigurationKeys) throws(ConfigurationError) {
        var kinds: [(key: String, kind: Kind)] = []
        if let pair = try keys.optional("basic_auth", as: UserAndPassword.self) {
            kinds.append(("basic_auth", .basic(user: pair.user, password: pair.password)))
        }
        if let pair = try keys.optional("digest_auth", as: UserAndPassword.self) {
            kinds.append(("digest_auth", .digest(user: pair.user, password: pair.password)))
        }
        if let header = try keys.optional("authorization", as: AuthorizationSetting.self) {
            kinds.append(("authorization", .header(type: header.type, credentials: header.credentials)))
        }
        if let token = try Self.source(&keys, "bearer_token", "bearer_token_file") {
            kinds.append(("bearer_token", .header(type: "Bearer", credentials: token)))
        }
        if let oauth = try keys.optional("oauth2", as: OAuthSettings.self) { kinds.append(("oauth2", .oauth(oauth))) }
        if let sigv4 = try keys.optional("sigv4", as: SignatureSettings.self) {
            kinds.append(("sigv4", .sigv4(sigv4)))
        }
        if kinds.count > 1 {
            throw keys.error(kinds[1].key, "\(kinds[0].key) is there already: choose one")
        }
        kind = kinds.first?.kind ?? .none
    }

    /// A secret that is given or that a file has, never both.
    static func source(
        _ keys: inout ConfigurationKeys,
        _ key: String,
        _ fileKey: String
    ) throws(ConfigurationError) -> Source? {
        let text = try keys.optional(key, as: Secret.self)
        let file = try keys.file(fileKey)
        if text != nil, file != nil { throw keys.error(fileKey, "\(key) is there already: choose one") }
        return text.map { .text($0) } ?? file.map { .file($0) }
    }
}

private struct UserAndPassword: ConfigurationMap {
    let user: CredentialSettings.Source
    let password: CredentialSettings.Source?

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        user = try CredentialSettings.source(&keys, "username", "username_file") ?? .text(Secret(""))
        password = try CredentialSettings.source(&keys, "password", "password_file")
    }
}

private struct AuthorizationSetting: ConfigurationMap {
    let type: String
    let credentials: CredentialSettings.Source

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        type = try keys.value("type", default: "Bearer")
        if type.lowercased() == "basic" { throw keys.error("type", "basic credentials belong under basic_auth") }
        guard HeaderSetting.isClean(type) else { throw keys.error("type", "one word should be here") }
        credentials = try CredentialSettings.source(&keys, "credentials", "credentials_file") ?? .text(Secret(""))
    }
}

/// OAuth 2: a token is asked for and kept as long as it is good.
struct OAuthSettings: ConfigurationMap {
    /// By what a token is given.
    enum Grant: Sendable {
        case clientCredentials(secret: CredentialSettings.Source?)
        case assertion(AssertionSettings)
    }

    /// What a request for a token calls it.
    enum GrantType: String, Sendable, CaseIterable, ConfigurationValue {
        case clientCredentials = "client_credentials"
        case assertion = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    }

    let clientID: String
    let grant: Grant
    let scopes: [String]
    let tokenURL: String
    let parameters: [String: String]
    let tls: TLSSettings
    let proxy: ProxySettings

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        clientID = try keys.required("client_id")
        grant = try Self.grant(&keys)
        scopes = try keys.value("scopes", default: [])
        tokenURL = try keys.required("token_url")
        parameters = try keys.value("endpoint_params", default: [:])
        tls = try keys.map("tls_config")
        proxy = try ProxySettings(taking: &keys)
    }

    private static func grant(_ keys: inout ConfigurationKeys) throws(ConfigurationError) -> Grant {
        let secretKeys = ["client_secret", "client_secret_file"]
        switch try keys.value("grant_type", default: GrantType.clientCredentials) {
        case .clientCredentials:
            try refuse(AssertionSettings.keys, &keys, "only \(GrantType.assertion.rawValue) has it")
            return .clientCredentials(secret: try CredentialSettings.source(&keys, secretKeys[0], secretKeys[1]))
        case .assertion:
            try refuse(secretKeys, &keys, "\(GrantType.assertion.rawValue) has a client_certificate_key in its place")
            return .assertion(try AssertionSettings(taking: &keys))
        }
    }

    /// Refuses keys that mean nothing to a grant.
    private static func refuse(
        _ names: [String],
        _ keys: inout ConfigurationKeys,
        _ message: String
    ) throws(ConfigurationError) {
        for name in names where keys.node(name) != nil { throw keys.error(name, message) }
    }
}

/// Signatures of AWS, version 4.
struct SignatureSettings: ConfigurationMap {
    let region: String
    let service: String
    let accessKey: String
    let secretKey: CredentialSettings.Source

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        region = try keys.required("region")
        service = try keys.value("service_name", default: "execute-api")
        accessKey = try keys.required("access_key")
        guard let secret = try CredentialSettings.source(&keys, "secret_key", "secret_key_file") else {
            throw keys.error("secret_key", "\"secret_key\" is missing here")
        }
        secretKey = secret
    }
}
