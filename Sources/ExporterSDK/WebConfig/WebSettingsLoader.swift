import NIOSSL
import StrictYAML

/// Reads a web configuration and every file that it names.
struct WebSettingsLoader {
    /// The files that were looked at, with their states before they were read; nil for one that was not there.
    private(set) var files: [String: ConfigurationFile.State?] = [:]
    private var exposedFiles: [String] = []

    mutating func load(_ path: String) throws(ConfigurationError) -> WebSettings {
        let file = try read(path)
        let configuration = try file.decode(WebConfiguration.self)
        var settings = WebSettings()
        settings.tls = try tls(configuration)
        settings.headers = configuration.http.headers
        settings.users = configuration.users
        settings.rateLimit = configuration.rateLimit
        settings.isHealthOpen = configuration.own.isHealthOpen
        if let reference = configuration.own.bearerTokensFile {
            settings.tokens = try BearerTokens(read(reference, isSecret: true))
        }
        var hasSecrets = !configuration.users.isEmpty
        if case .inline = configuration.tls.identity?.key { hasSecrets = true }
        if hasSecrets { note(file) }
        settings.exposedFiles = exposedFiles
        return settings
    }

    // MARK: TLS

    private mutating func tls(_ configuration: WebConfiguration) throws(ConfigurationError) -> TLSSettings? {
        let tls = configuration.tls
        guard let identity = tls.identity else { return nil }
        let certificates = try certificates(identity.certificate)
        let key = try key(identity.key)
        var nio = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        try setVersionsAndCiphers(&nio, configuration)
        try setClientAuthentication(&nio, tls)
        nio.applicationProtocols = configuration.http.hasHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"]
        do {
            return TLSSettings(
                context: try NIOSSLContext(configuration: nio),
                preferences: try preferences(tls, certificates[0], nio),
                takesAnyCertificate: [.request, .requireAny, .require].contains(tls.clientAuthentication),
                allowedNames: tls.allowedNames.map { Set($0) },
                hasHTTP2: configuration.http.hasHTTP2
            )
        } catch {
            throw self.error(identity.key, "this key and the certificate do not belong together")
        }
    }

    private func setVersionsAndCiphers(
        _ nio: inout TLSConfiguration,
        _ configuration: WebConfiguration
    ) throws(ConfigurationError) {
        let tls = configuration.tls
        nio.minimumTLSVersion = tls.minimumVersion.version
        nio.maximumTLSVersion = tls.maximumVersion.version
        let names = tls.ciphers.isEmpty ? CipherName.allCases : tls.ciphers
        let ciphers = names.compactMap(\.cipher)
        if ciphers.isEmpty {
            // None but those of TLS 1.3, so there is nothing to speak older versions with.
            guard tls.maximumVersion == .TLS13 else {
                throw ConfigurationError(
                    tls.position,
                    "cipher_suites has none for versions up to \(tls.maximumVersion.rawValue)"
                )
            }
            nio.minimumTLSVersion = .tlsv13
        } else {
            nio.cipherSuiteValues = ciphers
        }
        if configuration.http.hasHTTP2, nio.minimumTLSVersion != .tlsv13, !names.contains(where: \.isHTTP2Required) {
            throw ConfigurationError(
                tls.position,
                "cipher_suites is missing an HTTP/2-required one: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 "
                    + "or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
            )
        }
        if !tls.curves.isEmpty { nio.curves = tls.curves.map(\.curve) }
    }

    /// A context for each cipher that the certificate can be used with.
    private func preferences(
        _ tls: TLSServerConfiguration,
        _ certificate: NIOSSLCertificate,
        _ configuration: TLSConfiguration
    ) throws -> [(cipher: NIOTLSCipher, context: NIOSSLContext)] {
        guard tls.hasPreferredOrder else { return [] }
        let isRSA = try certificate.extractPublicKey().isRSA
        return try tls.ciphers.filter { $0.needsRSA == isRSA }.compactMap(\.cipher).map { cipher in
            var configuration = configuration
            configuration.cipherSuiteValues = [cipher]
            return (cipher, try NIOSSLContext(configuration: configuration))
        }
    }

    private mutating func setClientAuthentication(
        _ nio: inout TLSConfiguration,
        _ tls: TLSServerConfiguration
    ) throws(ConfigurationError) {
        // Read in any case, as it may be wrong.
        let authorities: [NIOSSLCertificate]? =
            if let authority = tls.clientAuthority { try certificates(authority) } else { nil }
        switch tls.clientAuthentication {
        case .none: nio.certificateVerification = .none
        case .request:
            nio.certificateVerification = .optionalVerification
            nio.trustRoots = .certificates([])
        case .requireAny, .require:
            nio.certificateVerification = .noHostnameVerification
            nio.trustRoots = .certificates([])
        case .verifyIfGiven, .requireAndVerify:
            nio.certificateVerification =
                tls.clientAuthentication == .verifyIfGiven ? .optionalVerification : .noHostnameVerification
            nio.trustRoots = authorities.map { .certificates($0) } ?? .default
            nio.sendCANameList = authorities != nil
        }
    }
    private mutating func certificates(
        _ material: TLSServerConfiguration.Material
    ) throws(ConfigurationError) -> [NIOSSLCertificate] {
        let bytes = try bytes(material, isSecret: false)
        let certificates = (try? NIOSSLCertificate.fromPEMBytes(bytes)) ?? []
        guard !certificates.isEmpty else { throw error(material, "there is no certificate in PEM form in it") }
        return certificates
    }

    private mutating func key(_ material: TLSServerConfiguration.Material) throws(ConfigurationError)
        -> NIOSSLPrivateKey
    {
        let bytes = try bytes(material, isSecret: true)
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw error(material, "there is no private key in PEM form, without a passphrase, in it")
        }
        return key
    }

    // MARK: Files

    private mutating func bytes(
        _ material: TLSServerConfiguration.Material,
        isSecret: Bool
    ) throws(ConfigurationError) -> [UInt8] {
        switch material {
        case .inline(let text, _, _): Array(text.exposed.utf8)
        case .file(let reference): try read(reference, isSecret: isSecret).bytes
        }
    }

    private mutating func read(
        _ reference: FileReference,
        isSecret: Bool
    ) throws(ConfigurationError) -> ConfigurationFile {
        do throws(ConfigurationError) {
            let file = try read(reference.path)
            if isSecret { note(file) }
            return file
        } catch {
            // Where it is named helps more than where it is not.
            throw ConfigurationError(reference.position, "\(reference.key): \(error)")
        }
    }

    private mutating func read(_ path: String) throws(ConfigurationError) -> ConfigurationFile {
        files[path] = ConfigurationFile.State(of: path)
        return try ConfigurationFile(path)
    }

    private mutating func note(_ file: ConfigurationFile) {
        if file.isReadableByOthers { exposedFiles.append(file.path) }
    }

    private func error(_ material: TLSServerConfiguration.Material, _ message: String) -> ConfigurationError {
        switch material {
        case .inline(_, let key, let position): ConfigurationError(position, "\(key): \(message)")
        case .file(let file): ConfigurationError(file.position, "\(file.key): \(file.path): \(message)")
        }
    }
}

extension NIOSSLPublicKey {
    /// Whether it is one of RSA, by the name of its algorithm, 1.2.840.113549.1.1.1 (RFC 8017, appendix A.1).
    fileprivate var isRSA: Bool {
        get throws {
            let name: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
            let key = try toSPKIBytes()
            return key.indices.contains { key[$0...].starts(with: name) }
        }
    }
}
