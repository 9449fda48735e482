import StrictYAML

/// `tls_server_config`: who the server is, and whom it lets in by their certificates.
struct TLSServerConfiguration: ConfigurationMap {
    /// A certificate or a key: in the configuration itself, or in a file, which goes before.
    enum Material: Sendable {
        case inline(Secret, key: String, FilePosition)
        case file(FileReference)
    }

    /// What clients have to show; the names are Go's.
    enum ClientAuthentication: String, CaseIterable, ConfigurationValue {
        case none = "NoClientCert"
        case request = "RequestClientCert"
        case requireAny = "RequireAnyClientCert"
        /// An old name of the former.
        case require = "RequireClientCert"
        case verifyIfGiven = "VerifyClientCertIfGiven"
        case requireAndVerify = "RequireAndVerifyClientCert"
    }

    /// Nil without TLS: where neither a certificate, a key, an authority nor a client authentication is given.
    let identity: (certificate: Material, key: Material)?
    let clientAuthentication: ClientAuthentication
    let clientAuthority: Material?
    /// Names of which a client's certificate must have one.
    let allowedNames: [String]?
    let minimumVersion: TLSVersionName
    let maximumVersion: TLSVersionName
    let ciphers: [CipherName]
    /// Whether the first of these that the client has too is to be used; else it is the client's first.
    let hasPreferredOrder: Bool
    let curves: [CurveName]
    let position: FilePosition

    var isEnabled: Bool { identity != nil }

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        position = keys.position
        let certificate = try Self.material(&keys, file: "cert_file", inline: "cert")
        let key = try Self.material(&keys, file: "key_file", inline: "key")
        clientAuthority = try Self.material(&keys, file: "client_ca_file", inline: "client_ca")
        let authentication = try Self.clientAuthentication(&keys)
        clientAuthentication = authentication ?? .none
        allowedNames = try keys.optional("client_allowed_sans")
        minimumVersion = try keys.value("min_version", default: .TLS12)
        maximumVersion = try keys.value("max_version", default: .TLS13)
        ciphers = try keys.value("cipher_suites", default: [])
        curves = try keys.value("curve_preferences", default: [])
        let prefersOwnOrder = try keys.value("prefer_server_cipher_suites", default: true)
        // The order of those that are there by default is nobody's wish.
        hasPreferredOrder = prefersOwnOrder && ciphers.count > 1

        if certificate == nil, key == nil, clientAuthority == nil, authentication == nil {
            identity = nil
        } else if let certificate, let key {
            identity = (certificate, key)
        } else {
            let names = certificate == nil ? "cert or cert_file" : "key or key_file"
            throw ConfigurationError(keys.position, "missing one of \(names): TLS needs a certificate and its key")
        }
        try check(keys)
    }

    private func check(_ keys: ConfigurationKeys) throws(ConfigurationError) {
        guard clientAuthority == nil || clientAuthentication != .none else {
            throw ConfigurationError(
                keys.position,
                "a client CA without a client_auth_type; RequireAndVerifyClientCert makes it count"
            )
        }
        switch clientAuthentication {
        case .requireAny, .require, .requireAndVerify: break
        case .none, .request, .verifyIfGiven:
            // Whoever sends no certificate has no name, so the list would hold back nobody.
            guard allowedNames == nil else {
                throw keys.error(
                    "client_allowed_sans",
                    "needs a client_auth_type that requires a certificate, "
                        + "RequireAnyClientCert or RequireAndVerifyClientCert"
                )
            }
        }
        guard minimumVersion <= maximumVersion else {
            throw keys.error(
                "max_version",
                "\(maximumVersion.rawValue) is below min_version \(minimumVersion.rawValue)"
            )
        }
    }

    private static func material(
        _ keys: inout ConfigurationKeys,
        file: String,
        inline: String
    ) throws(ConfigurationError) -> Material? {
        let text = try keys.optional(inline, as: Secret.self)
        if let reference = try FileReference(&keys, file) { return .file(reference) }
        guard let text, !text.exposed.isEmpty else { return nil }
        return .inline(text, key: inline, keys.node(inline)?.position ?? keys.position)
    }

    private static func clientAuthentication(
        _ keys: inout ConfigurationKeys
    ) throws(ConfigurationError) -> ClientAuthentication? {
        guard let text = try keys.optional("client_auth_type", as: String.self), !text.isEmpty else { return nil }
        return try keys.optional("client_auth_type")
    }
}
