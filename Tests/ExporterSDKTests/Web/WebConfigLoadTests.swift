import ExporterTesting
import StrictYAML
import Testing

@testable import ExporterSDK

/// Which web configurations are good, and what is said of those that are not, with its place.
struct WebConfigLoadTests {
    private let folder = TemporaryFolder()

    private func load(_ yaml: String) throws(ConfigurationError) -> WebSettings {
        folder.write("web.yml", WebServer.filled(yaml))
        var loader = WebSettingsLoader()
        return try loader.load("\(folder.path)/web.yml")
    }

    @Test func aMissingFileIsSaid() throws {
        let error = #expect(throws: UsageError.self) {
            try WebConfigStore(
                "/none/web.yml",
                reloader: Reloader(logger: RecordedLog().logger),
                logger: RecordedLog().logger
            )
        }
        #expect(error?.message == "/none/web.yml: no such file")
    }

    @Test(arguments: ["", "# nothing\n", "tls_server_config:\n", "tls_server_config: {min_version: TLS13}\n", "{}"])
    func withoutTLS(yaml: String) throws {
        let settings = try load(yaml)
        #expect(settings.tls == nil && !settings.needsAuthentication && settings.rateLimit == nil)
    }

    /// When TLS is on, and when what is there is not enough for it.
    @Test(
        arguments: [
            ("", false), ("cert_file: @/server.pem, key_file: @/server.key", true), ("cert_file: @/server.pem", nil),
            ("key_file: @/server.key", nil), ("client_ca_file: @/ca.pem", nil), ("client_auth_type: NoClientCert", nil),
        ] as [(String, Bool?)]
    )
    func whenTLSIsOn(keys: String, expected: Bool?) {
        let settings = try? load("tls_server_config: {\(keys)}")
        #expect(settings.map { $0.tls != nil } == expected)
    }

    @Test(arguments: [
        ("hallo", "1:1: a map should be here"), ("- a\n", "1:1: a map should be here"),
        ("tls_server_confg:\n  cert_file: a\n", "1:1: unknown key \"tls_server_confg\"; what can be here: tls_server"),
        ("tls_server_config:\n  cert_filse: a\n", "2:3: unknown key \"cert_filse\""),
        (tlsServer + "  cert_file: a\n", "4:3: the key \"cert_file\" is there already, in line 2"),
        ("tls_server_config:\n  cert_file: ''\n  key_file: @/server.key\n", "2:3: missing one of cert or cert_file"),
        ("tls_server_config:\n  cert: ''\n  key_file: @/server.key\n", "2:3: missing one of cert or cert_file"),
        ("tls_server_config:\n  cert_file: @/server.pem\n  key_file: ''\n", "2:3: missing one of key or key_file"),
        ("tls_server_config:\n  cert_file: @/server.pem\n  key: ''\n", "2:3: missing one of key or key_file"),
        (
            "tls_server_config:\n  cert_file: ''\n  key_file: ''\n  client_auth_type: RequestClientCert\n",
            "2:3: missing one of cert or cert_file"
        ),
        (
            "tls_server_config:\n  cert_file: no.pem\n  key_file: @/server.key\n",
            "2:14: cert_file: %/no.pem: no such file"
        ),
        (
            "tls_server_config:\n  cert_file: @/server.pem\n  key_file: /no.key\n",
            "3:13: key_file: /no.key: no such file"
        ),
        ("tls_server_config:\n  cert_file: a.pem\n  key_file: a.key\n", "2:14: cert_file: %/a.pem: no such file"),
        (tlsServer + "  client_ca_file: @/ca.pem\n", "2:3: a client CA without a client_auth_type"),
        (
            tlsServer + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n",
            "5:19: client_ca_file: %/ca.pem: no such file"
        ),
        (
            tlsServer + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: @/empty.pem\n",
            "5:19: client_ca_file: @/empty.pem: there is no certificate in PEM form in it"
        ),
        ("basic_auth_users:\n  alice: secret\n", "2:10: no bcrypt hash"),
        ("basic_auth_users:\n  alice: $2y$10$short\n", "2:10: no bcrypt hash"),
        ("basic_auth_users:\n  alice: $1$abc$0123456789012345678901\n", "2:10: no bcrypt hash"),
        (
            "basic_auth_users:\n  alice: $2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n",
            "2:10: a bcrypt hash may have a cost from 4 to 16"
        ),
        ("basic_auth_users:\n  'a:b': \(Hashes.star)\n", "2:3: a user's name can't have a colon"),
        (tlsServer + "  cipher_suites: [TLS_RSA_WITH_X]\n", "4:19: unknown cipher \"TLS_RSA_WITH_X\""),
        (tlsServer + "  cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]\n", "4:19: unknown cipher"),
        (tlsServer + "  curve_preferences: [CurveP257]\n", "4:23: unknown curve \"CurveP257\""),
        (tlsServer + "  min_version: TLS14\n", "4:16: unknown TLS version \"TLS14\""),
        (tlsServer + "  min_version: 1.2\n", "4:16: unknown TLS version \"1.2\""),
        (tlsServer + "  max_version: TLS11\n", "4:16: TLS11 is below min_version TLS12"),
        (
            tlsServer + "  max_version: TLS12\n  cipher_suites: [TLS_AES_128_GCM_SHA256]\n",
            "2:3: cipher_suites has none for versions up to TLS12"
        ),
        (tlsServer + "  client_auth_type: Everybody\n", "4:21: \"Everybody\" should be one of NoClientCert, Req"),
        (
            tlsServer + "  client_auth_type: VerifyClientCertIfGiven\n  client_allowed_sans: [a]\n",
            "5:24: needs a client_auth_type that requires a certificate"
        ),
        (tlsServer + "  client_allowed_sans: [a]\n", "4:24: needs a client_auth_type that requires a certificate"),
        (
            "tls_server_config: {cert_file: @/ca.pem, key_file: @/server.key}",
            "this key and the certificate do not belong"
        ),
        ("tls_server_config: {cert_file: @/server.key, key_file: @/server.key}", "there is no certificate in PEM form"),
        ("tls_server_config: {cert_file: @/server.pem, key_file: @/server.pem}", "there is no private key in PEM form"),
        ("tls_server_config: {cert: x, key: y}", "cert: there is no certificate in PEM form in it"),
        (
            "http_server_config:\n  headers:\n    X-Content-Type-Options: sniff\n",
            "3:29: invalid value for X-Content-Type-Options; it can be nosniff"
        ),
        (
            "http_server_config:\n  headers:\n    X-Frame-Options: allow\n",
            "3:22: invalid value for X-Frame-Options; it can be deny, sameorigin"
        ),
        (
            "http_server_config:\n  headers:\n    Server: x\n", "3:5: the HTTP header \"Server\" can not be configured"
        ),
        (
            "http_server_config: {headers: {X-XSS-Protection: \"1\\r\\nX: y\"}}", "invalid value for X-XSS-Protection"
        ),
        ("http_server_config: {http2: maybe}", "true or false should be here"),
        (
            tlsServer + "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA]\nhttp_server_config: {http2: true}\n",
            "2:3: cipher_suites is missing an HTTP/2-required one"
        ),
        ("rate_limit: {interval: soon}", "a duration such as"),
        ("rate_limit: {interval: 1s, burst: 0}", "with less than 1 no request"),
        ("exporter_settings: {bearer_tokens_file: tokens}", "bearer_tokens_file: %/tokens: no such file"),
        ("exporter_settings: {bearer_token: x}", "unknown key \"bearer_token\""),
    ])
    func badOnes(yaml: String, expected: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(yaml) }
        let wanted = WebServer.filled(expected).split(separator: "%", omittingEmptySubsequences: false)
            .joined(separator: folder.path)
        #expect(error?.description.contains(wanted) == true, "\(error?.description ?? "nothing")")
        #expect(error?.description.hasPrefix("\(folder.path)/web.yml:") == true)
    }

    @Test(arguments: [
        tlsServer, tlsServer + "http_server_config: {http2: true}\n",
        tlsServer + "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA]\nhttp_server_config: {http2: false}\n",
        tlsServer
            + "  min_version: TLS13\n  cipher_suites: [TLS_AES_128_GCM_SHA256]\nhttp_server_config: {http2: true}\n",
        tlsServer + "  prefer_server_cipher_suites: false\n  curve_preferences: [X25519, CurveP521]\n",
        tlsServer + "  cipher_suites: [\(CipherName.allCases.map(\.rawValue).joined(separator: ", "))]\n",
        "http_server_config: {headers: {x-frame-options: DENY, X-Content-Type-Options: ''}}\n",
        "basic_auth_users: {alice: \(Hashes.star), bob: \(Hashes.slow)}\n", "rate_limit: {interval: 0, burst: 0}\n",
    ])
    func goodOnes(yaml: String) throws { _ = try load(yaml) }

    @Test(arguments: [
        ("", "there is no token in it"), ("\n\n", "there is no token in it"),
        ("0123456789abcdef\nshort\n", "tokens:2:1: a token is at least 16 printable ASCII characters without blanks"),
        ("0123456789 abcdef\n", "tokens:1:1: a token is at least 16"),
    ])
    func badTokens(text: String, expected: String) {
        folder.write("tokens", text)
        let error = #expect(throws: ConfigurationError.self) {
            try load("exporter_settings: {bearer_tokens_file: tokens}")
        }
        #expect(error?.description.contains(expected) == true)
    }

    /// What the example exporter's file and the article show is what is taken, but for the certificates.
    @Test(arguments: ["exporters/example/web.yml", "Sources/ExporterSDK/ExporterSDK.docc/WebConfiguration.md"])
    func theExamplesAreGood(file: String) throws {
        let text = try #require(SourceTree.package().text(file))
        let parts = text.split(separator: "```yaml\n", omittingEmptySubsequences: false)
        let yaml = (parts.count > 1 ? parts[1] : parts[0]).split(separator: "\n```").first ?? ""
        for (name, source) in [
            ("server.pem", "server.pem"), ("server.key", "server.key"), ("clients.pem", "ca.pem"),
        ] {
            folder.write(name, Certificates.shared.read(source))
        }
        folder.write("tokens", "0123456789abcdef\n")
        let settings = try load(String(yaml))
        #expect(settings.tls != nil && settings.needsAuthentication && settings.isHealthOpen)
    }

    /// Whatever stands in the file: an error with its place, or settings.
    @Test func nothingTraps() {
        let seeds = [
            tlsServer
                + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: @/ca.pem\n  min_version: TLS12\n",
            "basic_auth_users:\n  alice: \(Hashes.star)\nrate_limit:\n  interval: 1s\n  burst: 3\n",
            "http_server_config:\n  http2: true\n  headers:\n    X-Frame-Options: deny\n",
            "exporter_settings:\n  health_without_authentication: true\n",
            tlsServer + "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n  curve_preferences: [X25519]\n",
        ].map { Array(WebServer.filled($0).utf8) }
        fuzz(
            "web configuration",
            seeds: seeds,
            tokens: ["$2y$05$", "TLS13", "CurveP256", "  ", "cert: ", "[", "]"],
            iterations: 3000
        ) {
            guard let node = try? YAMLNode(yaml: $0, file: "f") else { return }
            _ = try? WebConfiguration(node)
        }
    }
}
