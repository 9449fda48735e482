import CCurl
import ExporterTesting
import Synchronization
import Testing

@testable import HTTPProbe

/// Certificates, good and bad: the facts are told of each, and the request is sent to the good ones only.
@Suite(.serialized)
struct CertificateTests {
    private static let authority = Result { () throws -> TestAuthority in
        let authority = try TestAuthority()
        try authority.make("good")
        try authority.make("expired", days: -1)
        try authority.make("other", names: "DNS:other.example.org")
        try authority.make("self", from: nil)
        try authority.make(
            "huge",
            names: (0..<2000).map { "DNS:a\($0).example.org" }.joined(separator: ",") + ",DNS:localhost"
        )
        return authority
    }

    private func probe(
        _ name: String,
        host: String = "localhost",
        _ keys: String = "",
        trusts: Bool = true,
        options: [String] = []
    ) throws -> ProbeResult {
        let authority = try Self.authority.get()
        let server = try TLSServer(authority, name, options)
        let ca = trusts ? "ca_file: \(authority.folder.path)/root.crt" : ""
        let tls = [ca, keys].filter { !$0.isEmpty }.joined(separator: ", ")
        return try Probing().probe(
            "https://\(host):\(server.port)/",
            "{preferred_ip_protocol: ip4, tls_config: {\(tls)}}"
        )
    }

    @Test func aGoodOne() throws {
        let result = try probe("good")
        #expect(result.isSuccess, "\(result.detail)")
        let certificate = try #require(result.hops.last?.certificate)
        #expect(certificate.isVerified && certificate.earliestExpiry == certificate.chainExpiry)
        #expect(certificate.subject == "CN=localhost,OU=Web,O=Test\\, Inc.,C=KR")
        #expect(certificate.issuer == "CN=Test Intermediate,O=Test,C=KR")
        #expect(certificate.names == "localhost,*.b.test,127.0.0.1" && certificate.serial == "0abcdef012345678")
        // As the peer prefers it.
        #expect(certificate.version == "TLS 1.3" && certificate.cipher == "TLS_AES_128_GCM_SHA256")
        #expect(certificate.fingerprint.utf8.count == 64)
        #expect(result["probe_http_ssl"] == 1 && result["probe_ssl_verified"] == 1)
        #expect(result["probe_ssl_earliest_cert_expiry"] == Double(certificate.earliestExpiry))
        for phase in ["resolve", "connect", "tls", "processing", "transfer"] {
            #expect((result["probe_http_duration_seconds{phase=\"\(phase)\"}"] ?? 0) > 0, "\(phase)")
        }
    }

    /// What a connection over TLS needs is made ahead of it, again and again, also where many begin at once.
    @Test func whatAConnectionNeedsIsMadeAhead() throws {
        let authority = try Self.authority.get()
        let server = try TLSServer(authority, "good")
        let probing = try Probing()
        let keys = "{tls_config: {ca_file: \(authority.folder.path)/root.crt}}"
        for count in [1, 1, 40] {
            let successes = Atomic(0)
            for _ in 0..<count {
                _ = try probing.start("https://localhost:\(server.port)/", keys, seconds: 30) {
                    if $0.isSuccess { successes.add(1, ordering: .relaxed) }
                }
            }
            #expect(eventually { successes.load(ordering: .relaxed) == count })
            #expect(eventually { ccurl_ready_contexts() == 8 })
        }
    }

    /// A certificate could have us ask whom it likes, so nobody is asked whether it, or one of its chain, was revoked;
    /// and who says that it was is not heard. The peer does not ask either.
    @Test func nobodyIsAskedWhatWasRevoked() throws {
        let list = Mutex<[UInt8]>([])
        let lists = ScriptedServer { _ in [.answer(body: list.withLock { $0 })] }
        let points = "crlDistributionPoints=URI:\(lists.url)/list.crl\nauthorityInfoAccess=OCSP;URI:\(lists.url)/ocsp"
        let authority = try TestAuthority(middle: points)
        try authority.make("good")
        let revoked = try authority.revoke("middle")
        list.withLock { $0 = revoked }
        #expect(!revoked.isEmpty)
        let server = try TLSServer(authority, "good")
        let keys = "{tls_config: {ca_file: \(authority.folder.path)/root.crt}}"
        let result = try Probing().probe("https://localhost:\(server.port)/", keys)
        #expect(result.isSuccess && result.hops.last?.certificate?.isVerified == true, "\(result.detail)")
        #expect(lists.heard.isEmpty)
    }

    /// By address, by a name of a wildcard, and by the names that a module or a request gives.
    @Test func otherNames() throws {
        #expect(try probe("good", host: "127.0.0.1").isSuccess)
        #expect(try probe("good", "server_name: a.b.test").isSuccess)
        #expect(try probe("good", "server_name: x.a.b.test").failure == .certificateName)
        let authority = try Self.authority.get()
        let server = try TLSServer(authority, "good")
        let keys = "{tls_config: {ca_file: \(authority.folder.path)/root.crt}}"
        #expect(try Probing().probe("https://127.0.0.1:\(server.port)/", keys, hostname: "b.b.test:443").isSuccess)
        #expect(
            try Probing().probe("https://127.0.0.1:\(server.port)/", keys, hostname: "b.example").failure
                == .certificateName
        )
    }

    @Test(arguments: [
        ("expired", true, FailureReason.certificateExpired), ("other", true, .certificateName),
        ("self", true, .certificateUntrusted),
        ("good", false, .certificateUntrusted),
    ])
    func badOnes(name: String, trusts: Bool, reason: FailureReason) throws {
        let result = try probe(name, trusts: trusts)
        #expect(result.failure == reason, "\(result.detail)")
        // No request was sent, and yet the certificate is known.
        #expect(result["probe_http_status_code"] == 0 && result["probe_http_ssl"] == 0)
        #expect(result["probe_ssl_earliest_cert_expiry"] != nil && result["probe_ssl_verified"] == 0)
        #expect(result.exposition.contains("probe_tls_version_info{version=\"TLS 1.3\"} 1"))
        if name == "expired" { #expect(result["probe_ssl_earliest_cert_expiry"] == 1_580_515_200) }

        let skipped = try probe(name, "insecure_skip_verify: true", trusts: trusts)
        #expect(skipped.isSuccess && skipped["probe_http_ssl"] == 1)
        let isChain = name == "other"
        #expect((skipped["probe_ssl_last_chain_expiry_timestamp_seconds"] != nil) == isChain)
    }

    @Test func aHugeOne() throws {
        let result = try probe("huge")
        #expect(result.isSuccess, "\(result.detail)")
        #expect((result.hops.last?.certificate?.names.utf8.count ?? 0) > 30_000)
    }

    @Test func versions() throws {
        #expect(try probe("good", options: ["-tls1_2"]).hops.last?.certificate?.version == "TLS 1.2")
        let tooNew = try probe("good", "max_version: TLS12", options: ["-tls1_3"])
        #expect(tooNew.failure == .tls && tooNew.hops.last?.certificate == nil)
        #expect(try probe("good", "min_version: TLS13", options: ["-tls1_2"]).failure == .tls)
        let old = ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]
        #expect(try probe("good", options: old).failure == .tls)
        #expect(try probe("good", "min_version: TLS10", options: old).hops.last?.certificate?.version == "TLS 1.1")
    }

    @Test func clientCertificates() throws {
        let folder = try Self.authority.get().folder.path
        let options = ["-Verify", "2", "-CAfile", "\(folder)/root.crt", "-verify_return_error", "-tls1_2"]
        #expect(try !probe("good", options: options).isSuccess)
        let keys = "cert_file: \(folder)/good.chained, key_file: \(folder)/good.key"
        let both = readBytes("\(folder)/good.crt") + readBytes("\(folder)/middle.crt")
        try Self.authority.get().folder.write("good.chained", both)
        let result = try probe("good", keys, options: options)
        #expect(result.isSuccess, "\(result.detail)")
    }

    /// Servers and clients may have keys of each kind that certificates have, written in each way that PEM has for them.
    @Test(arguments: [
        ["genrsa", "-traditional", "2048"], ["genrsa", "2048"], ["ecparam", "-name", "prime256v1", "-genkey"],
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], ["genpkey", "-algorithm", "ED25519"],
        ["genpkey", "-algorithm", "ED448"], ["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    ])
    func kindsOfKeys(generate: [String]) throws {
        let authority = try Self.authority.get()
        try authority.make("kind", generatedBy: generate)
        let path = authority.folder.path
        authority.folder.write("kind.chained", readBytes("\(path)/kind.crt") + readBytes("\(path)/middle.crt"))
        let options = ["-Verify", "2", "-CAfile", "\(path)/root.crt", "-verify_return_error"]
        let result = try probe("kind", "cert_file: \(path)/kind.chained, key_file: \(path)/kind.key", options: options)
        #expect(result.isSuccess && result["probe_ssl_verified"] == 1, "\(result.detail)")
    }

    @Test(arguments: ["P-256", "P-384", "P-521", "X25519", "X448", "ffdhe2048"])
    func groups(group: String) throws {
        #expect(try probe("good", options: ["-groups", group]).isSuccess)
    }

    @Test func whetherItIsTLS() throws {
        let plain = ScriptedServer(.answer())
        #expect(try Probing().probe(plain.url, "fail_if_not_ssl: true").failure == .notSSL)
        #expect(
            try Probing().probe(plain.url, "{fail_if_ssl: true, tls_config: {insecure_skip_verify: false}}").isSuccess
        )
        let resets = ScriptedServer(.reset)
        let silent = try Probing().probe(resets.url, "fail_if_not_ssl: true")
        #expect(silent.failure == .emptyReply && !silent.detail.contains("TLS"))
        let authority = try Self.authority.get()
        let server = try TLSServer(authority, "good")
        let keys = "{fail_if_ssl: true, tls_config: {insecure_skip_verify: true}}"
        #expect(try Probing().probe("https://localhost:\(server.port)/", keys).failure == .ssl)
        // To another host, over TLS, with the certificate for that one.
        let redirect = ScriptedServer(.answer(302, ["Location: https://localhost:\(server.port)/"]))
        let follows =
            "{preferred_ip_protocol: ip4, fail_if_not_ssl: true, tls_config: {ca_file: \(authority.folder.path)/root.crt}}"
        let result = try Probing().probe(redirect.url, follows)
        #expect(result.isSuccess && result.redirects == 1, "\(result.detail)")
    }
}
