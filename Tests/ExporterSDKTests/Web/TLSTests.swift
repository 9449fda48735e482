import ExporterTesting
import Glibc
import Testing

@testable import ExporterSDK

/// Real handshakes by curl and openssl: which work, which do not, and with what.
struct TLSTests {
    @Test func plainAndSecuredDoNotMeet() throws {
        let plain = try WebServer("")
        #expect(try plain.client.request("GET", "/metrics").status == 200)
        #expect(try plain.curl().exit == 35)

        let secured = try WebServer(tlsServer)
        let answer = try secured.curl()
        #expect(answer.exit == 0 && answer.status == 200, "\(answer)")
        #expect(throws: ProgramError.self) { try secured.client.request("GET", "/metrics") }
        #expect(eventually { secured.count(.tls) == 1 })
    }

    @Test func certificateAndKeyCanBeInline() throws {
        func indented(_ name: String) -> String {
            Certificates.shared.read(name).split(separator: "\n").map { "    \($0)\n" }.joined()
        }
        let server = try WebServer(
            "tls_server_config:\n  cert: |\n\(indented("server.pem"))  key: |\n\(indented("server.key"))"
        )
        #expect(try server.curl().status == 200)
    }

    @Test func relativePathsCountFromTheFile() throws {
        let files = [
            "tls/a.pem": Certificates.shared.read("server.pem"), "tls/a.key": Certificates.shared.read("server.key"),
        ]
        let server = try WebServer("tls_server_config: {cert_file: tls/a.pem, key_file: tls/a.key}", files: files)
        #expect(try server.curl().status == 200)
    }

    /// What a server allows, what a client offers, and whether they come together.
    @Test(arguments: [
        ("", "--tlsv1.1 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0", false),
        ("min_version: TLS10", "--tlsv1.1 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0", true),
        ("max_version: TLS12", "--tlsv1.3", false), ("min_version: TLS13", "--tls-max 1.2", false),
        ("min_version: TLS13", "--tlsv1.3", true),
        ("cipher_suites: [%all]", "--tls-max 1.2", true),
        ("cipher_suites: [%some]", "--tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256", true),
        ("cipher_suites: [%some]", "--tls-max 1.2 --ciphers ECDHE-RSA-AES256-SHA", false),
        ("cipher_suites: [%some]", "--tls-max 1.3 --ciphers ECDHE-RSA-AES256-SHA", true),
        ("cipher_suites: [TLS_AES_128_GCM_SHA256]", "--tls-max 1.2", false),
        ("cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA]", "--tls-max 1.2", true),
        ("curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]", "--curves P-384", true),
        ("curve_preferences: [CurveP521]", "--curves P-521", true),
        ("curve_preferences: [CurveP521]", "--curves P-384", false),
        ("curve_preferences: [CurveP521]", "--curves P-384 --tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256", false),
    ])
    func whatIsAllowed(server: String, client: String, works: Bool) throws {
        let suites = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
        let all = CipherName.allCases.map(\.rawValue).joined(separator: ", ")
        var keys = server.split(separator: "%some", omittingEmptySubsequences: false).joined(separator: suites)
        keys = keys.split(separator: "%all", omittingEmptySubsequences: false).joined(separator: all)
        let server = try WebServer(tlsServer + "  \(keys)\n")
        let answer = try server.curl("/metrics", client.split(separator: " ").map(String.init))
        #expect(answer.exit == (works ? 0 : 35) && answer.status == (works ? 200 : 0), "\(answer)")
    }

    /// The server's first of its suites that the client has too; the client's first where it is told so, or where no
    /// suites are named. A suite that the certificate's key does not suit is passed over.
    @Test(
        arguments: [
            ("cipher_suites: [\(small), \(large)]", [0, 0]),
            ("cipher_suites: [\(large), \(small)]", [1, 1]),
            ("cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, \(large), \(small)]", [1, 1]),
            ("cipher_suites: [\(large), \(small)]\n  prefer_server_cipher_suites: true", [1, 1]),
            ("cipher_suites: [\(large), \(small)]\n  prefer_server_cipher_suites: false", [0, 1]),
            ("min_version: TLS12", [0, 1]),
        ]
    )
    func whoseOrderCounts(keys: String, chosen: [Int]) throws {
        let server = try WebServer(tlsServer + "  \(keys)\n")
        let ciphers = ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"]
        for (order, index) in zip([ciphers, ciphers.reversed()], chosen) {
            let offered = (["ECDHE-ECDSA-AES128-GCM-SHA256"] + order).joined(separator: ":")
            let answer = try server.curl("/metrics", ["--tls-max", "1.2", "--ciphers", offered])
            #expect(answer.status == 200)
            #expect(answer.output.contains("SSL connection using TLSv1.2 / \(ciphers[index])"), "\(answer)")
        }
        #expect(try server.curl("/metrics", ["--tlsv1.3"]).status == 200)
    }

    private static let small = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    private static let large = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"

    // MARK: Certificates of clients

    /// Each client authentication with each certificate: nobody traps, and only those come in who may.
    @Test(
        arguments: [
            ("NoClientCert", nil, [true, true, true, true]), ("RequestClientCert", nil, [true, true, true, true]),
            ("RequireAnyClientCert", nil, [false, true, true, true]),
            ("RequireClientCert", nil, [false, true, true, true]),
            ("VerifyClientCertIfGiven", "ca", [true, true, false, false]),
            ("RequireAndVerifyClientCert", "ca", [false, true, false, false]),
            ("RequestClientCert", "ca", [true, true, true, true]),
            ("RequireAnyClientCert", "ca", [false, true, true, true]),
        ] as [(String, String?, [Bool])]
    )
    func clientAuthentication(type: String, authority: String?, expected: [Bool]) throws {
        for version in ["1.2", "1.3"] {
            let ca = authority.map { "  client_ca_file: @/\($0).pem\n" } ?? ""
            let server = try WebServer(tlsServer + "  client_auth_type: \(type)\n" + ca)
            let certificates = [
                [], WebServer.certificate("client"), WebServer.certificate("expired", key: "client"),
                WebServer.certificate("other"),
            ]
            for (certificate, isIn) in zip(certificates, expected) {
                let answer = try server.curl("/metrics", ["--tls-max", version] + certificate)
                #expect((answer.status == 200) == isIn, "\(type), TLS \(version), \(certificate): \(answer)")
                #expect((answer.exit == 0) == isIn)
            }
            #expect(eventually { server.count(.tls) == expected.count { !$0 } })
        }
    }

    /// The names that a client's certificate has, of each kind, and one that it has not.
    @Test(arguments: [
        ("client.example", true), ("ops@client.example", true), ("192.0.2.7", true), ("2001:db8::7", true),
        ("spiffe://client/7", true), ("Client.example", false), ("example", false), ("2001:db8::8", false),
    ])
    func allowedNames(name: String, isIn: Bool) throws {
        for type in ["RequireAnyClientCert", "RequireAndVerifyClientCert"] {
            let server = try WebServer(
                tlsServer + "  client_auth_type: \(type)\n  client_ca_file: @/ca.pem\n"
                    + "  client_allowed_sans: ['x', '\(name)']\n"
            )
            let answer = try server.curl("/metrics", WebServer.certificate("client"))
            #expect((answer.status == 200) == isIn, "\(answer)")
            #expect(try server.curl().status == 0)
            // The server's own has no such name, whoever signed it.
            #expect(try server.curl("/metrics", WebServer.certificate("server")).status == 0)
        }
    }

    @Test func anAuthorityCanBeInline() throws {
        let ca = Certificates.shared.read("ca.pem").split(separator: "\n").map { "    \($0)\n" }.joined()
        let server = try WebServer(tlsServer + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca: |\n\(ca)")
        #expect(try server.curl("/metrics", WebServer.certificate("client")).status == 200)
        #expect(try server.curl().status == 0)
    }

    // MARK: Files that change

    private func subject(_ server: WebServer) throws -> String {
        try server.curl().output.split(separator: "\n").first { $0.contains("subject:") }.map(String.init) ?? ""
    }

    private func copy(_ name: String, to server: WebServer, as target: String) {
        server.folder.write("new", Certificates.shared.read(name))
        rename("\(server.folder.path)/new", "\(server.folder.path)/\(target)")
    }

    @Test func aNewCertificateIsUsedWithoutRestart() throws {
        let files = ["a.pem": Certificates.shared.read("server.pem"), "a.key": Certificates.shared.read("server.key")]
        let server = try WebServer("tls_server_config: {cert_file: a.pem, key_file: a.key}", files: files)
        #expect(try subject(server).contains("CN=one"))
        copy("server2.pem", to: server, as: "a.pem")
        // A certificate whose key has not come yet leaves the old pair in force.
        #expect(
            eventually {
                (try? subject(server))?.contains("CN=one") == true && server.reloader.status?.isSuccessful == false
            }
        )
        copy("server2.key", to: server, as: "a.key")
        #expect(eventually { (try? subject(server))?.contains("CN=two") == true })
        #expect(server.reloader.status?.isSuccessful == true)
        #expect(server.log.lines.filter { $0.hasPrefix("error") }.count == 1)
    }

    /// Every request is answered while certificates change under load.
    @Test func nobodyNoticesACertificateThatIsSwapped() async throws {
        let files = ["a.pem": Certificates.shared.read("server.pem"), "a.key": Certificates.shared.read("server.key")]
        let server = try WebServer("tls_server_config: {cert_file: a.pem, key_file: a.key}", files: files)
        async let clients = withTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                group.addTask { (0..<60).count { _ in (try? server.curl().status) != 200 } }
            }
            return await group.reduce(0, +)
        }
        for round in 0..<6 {
            let name = round % 2 == 0 ? "server2" : "server"
            copy("\(name).pem", to: server, as: "a.pem")
            copy("\(name).key", to: server, as: "a.key")
            try await Task.sleep(for: .milliseconds(600))
        }
        #expect(await clients == 0)
        #expect(eventually { (try? subject(server))?.contains("CN=one") == true })
    }
}
