import ExporterSDK
import ExporterTesting
import StrictYAML
import Testing

@testable import HTTPProbe

/// The configuration file: what is good, what is refused and where, and what is shown of it.
struct ConfigurationTests {
    private static func read(_ text: String) throws -> ProbeConfiguration {
        try ProbeConfiguration(YAMLNode(yaml: Array(text.utf8), file: "blackbox.yml"))
    }

    private static func module(_ keys: String) -> String {
        "modules:\n  m:\n    prober: http\n    http:\n      \(keys)\n"
    }

    private static func oauth(_ keys: String) -> String {
        module("oauth2: {client_id: a, token_url: 'http://a', \(keys)}")
    }

    private static func assertion(_ keys: String) -> String {
        oauth("grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', \(keys)")
    }

    @Test func everyKeyIsKnown() throws {
        let text = """
            modules:
              all:
                prober: http
                timeout: 1m30s
                http:
                  valid_status_codes: [200, 204]
                  valid_http_versions: ["HTTP/1.1", "HTTP/2.0"]
                  preferred_ip_protocol: ip4
                  ip_protocol_fallback: false
                  skip_resolve_phase_with_proxy: true
                  method: POST
                  headers: {Host: a.example.org, Accept-Encoding: gzip}
                  http_headers: {X-Key: {values: [a], secrets: [b]}}
                  body: hello
                  fail_if_body_matches_regexp: [a]
                  fail_if_body_not_matches_regexp: [b]
                  fail_if_body_json_matches_cel: body.a == 'b'
                  fail_if_body_json_not_matches_cel: body.a == 'c'
                  fail_if_header_matches: [{header: A, regexp: b, allow_missing: true}]
                  fail_if_header_not_matches: [{header: A, regexp: b}]
                  fail_if_ssl: false
                  fail_if_not_ssl: true
                  compression: gzip
                  body_size_limit: 1MB
                  no_follow_redirects: false
                  follow_redirects: true
                  oauth2:
                    client_id: a
                    client_secret: b
                    scopes: [c]
                    token_url: https://example.org
                    endpoint_params: {d: e}
                    tls_config: {insecure_skip_verify: true}
                  tls_config: {server_name: a, insecure_skip_verify: true, min_version: TLS12, max_version: TLS13}
                  proxy_url: http://user:secret@proxy:3128
                  no_proxy: localhost
                  proxy_connect_header: {X-A: [b]}
                  enable_http2: false
                  enable_http3: false
            """
        let all = try #require(Self.read(text).modules["all"])
        #expect(all.timeout == .seconds(90) && all.http.bodyLimit == 1 << 20 && all.http.method == "POST")
        #expect(try Self.read("").modules.isEmpty)
    }

    /// What is wrong, with its line and its column.
    private static let mistakes: [(String, String)] = [
        ("modules:\n  m:\n    prober: http\n    bogus: 1\n", "4:5"), ("modules:\n  m:\n    prober: tcp\n", "3:13"),
        ("modules:\n  m:\n    prober: invalid\n", "3:13"), ("modules:\n  m:\n    http: {}\n", "3:5"),
        ("modules:\n  m:\n    prober: http\n    prober: http\n", "4:5"),
        ("modules:\n  m:\n    prober: http\n    dns: {}\n", "4:10"),
        (module("bogus: 1"), "5:7"), (module("valid_status_codes: 2xx"), "5:27"),
        (module("valid_status_codes: ['200']"), "5:28"),
        (module("valid_http_versions: [HTTP/4]"), "5:28"), (module("preferred_ip_protocol: ipv4"), "5:30"),
        (module("method: A B"), "5:15"), (module("{bearer_token: a, bearer_token_file: /etc/passwd}"), "5:44"),
        (module("{basic_auth: {username: a}, authorization: {credentials: b}}"), "5:50"),
        (module("authorization: {type: Basic, credentials: a}"), "5:29"),
        (module("fail_if_header_matches: [{header: A}]"), "5:32"),
        (module("fail_if_header_matches: [{header: '', regexp: a}]"), "5:41"),
        (module("fail_if_header_not_matches: [{header: A, regexp: ':['}]"), "5:56"),
        (module("fail_if_body_matches_regexp: [':[']"), "5:37"),
        (module("fail_if_body_not_matches_regexp: [':[']"), "5:41"),
        (module("fail_if_body_json_matches_cel: foo.bar"), "5:38"),
        (module("fail_if_body_json_matches_cel: ''"), "5:38"),
        (module("{compression: gzip, headers: {Accept-Encoding: deflate}}"), "5:21"),
        (module("{compression: gzip, headers: {accEpt-enCoding: deflate}}"), "5:21"),
        (module("{compression: gzip, headers: {Accept-Encoding: '*;q=0.0'}}"), "5:21"),
        (module("compression: lzma"), "5:20"),
        (module("enable_http3: true"), "5:21"), (module("valid_http_versions: [HTTP/3.0]"), "5:28"),
        (module("{body: a, body_file: /etc/passwd}"), "5:28"), (module("body_file: /nonexistent"), "5:18"),
        (module("body_size_limit: 1000"), "5:24"), (module("body_size_limit: 1XB"), "5:24"),
        (module("tls_config: {ca_file: /nonexistent}"), "5:29"),
        (module("tls_config: {cert_file: /etc/passwd}"), "5:31"),
        (module("tls_config: {min_version: TLS13, max_version: TLS12}"), "5:53"),
        (module("tls_config: {min_version: SSL3}"), "5:33"),
        (module("no_proxy: a"), "5:17"), (module("{proxy_url: http://a, proxy_from_environment: true}"), "5:53"),
        (module("proxy_url: ftp://a"), "5:18"),
        (module("proxy_url: 'https://a:0'"), "5:18"), (module("http_headers: {Authorization: {values: [a]}}"), "5:22"),
        (module("headers: {'A B': c}"), "5:17"), (module("headers: {A: \"b\\nC: d\"}"), "5:20"),
        (module("oauth2: {client_id: a}"), "5:15"), (oauth("grant_type: password"), "5:65"),
        (oauth("signature_algorithm: RS256"), "5:74"), (oauth("claims: {a: b}"), "5:61"),
        (oauth("client_certificate_key_file: /etc/passwd"), "5:82"), (assertion("client_secret: b"), "5:127"),
        (assertion("client_certificate_key: b"), "5:136"),
        (assertion("client_certificate_key_file: /etc/passwd"), "5:141"),
        (assertion("client_certificate_key_file: /nonexistent"), "5:141"),
        (assertion("client_certificate_key: b, client_certificate_key_file: /etc/passwd"), "5:168"),
        (assertion("client_certificate_key: b, signature_algorithm: HS256"), "5:160"),
        (assertion("client_certificate_key: b, claims: [a]"), "5:147"), (assertion("iss: b"), "5:15"),
        (module("steps: [{capture: {a: {}}}]"), "5:29"),
        ("modules: {m: {prober: http, timeout: 1x}}\n", "1:38"),
        ("modules: {m: {prober: http, timeout: -1s}}\n", "1:38"),
        ("modules: {}\ntargets: [{url: 'http://a'}]\n", "2:11"),
        ("modules: {http_2xx: {prober: http}}\ntargets: [{url: 'ftp://a'}]\n", "2:17"),
        ("modules: {http_2xx: {prober: http}}\ntargets: [{url: 'http://a', interval: 1ms}]\n", "2:39"),
        ("modules: {http_2xx: {prober: http}}\ntargets: [{url: 'http://a', labels: {target: b}}]\n", "2:37"),
        ("a: [", "2:1"),
    ]

    @Test(arguments: mistakes)
    func isRefused(text: String, place: String) {
        do {
            _ = try Self.read(text)
            Issue.record("taken: \(text)")
        } catch let error as ConfigurationError {
            #expect(error.place == "blackbox.yml:\(place)", "\(error)")
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func otherProbersAreNamed() {
        for prober in ["tcp", "icmp", "dns", "grpc", "unix", "websocket"] {
            let error = #expect(throws: ConfigurationError.self) { try Self.read("modules: {m: {prober: \(prober)}}") }
            #expect(error?.message.contains("not supported: http only") == true)
        }
    }

    @Test(arguments: [
        ("", "gzip", true), ("gzip", "gzip", true), ("gzip;q=1.0", "gzip", true), ("gzip, compress", "gzip", true),
        ("compress, gzip", "gzip", true), ("gzip, compress", "br", false), ("*", "gzip", true),
        ("*;q=0.1", "gzip", true),
        ("br;q=0.0", "br", false), ("*;q=0.0", "br", false), ("br;q=0.1, *;q=0", "br", true),
        ("*;q=0, br;q=0.1", "br", true),
        ("  gzip ;  q=0.5 , br", "gzip", true),
    ])
    func acceptedEncodings(header: String, coding: String, isAdmitted: Bool) {
        #expect(AcceptedEncodings(header).admit(coding) == isAdmitted)
    }

    @Test func secretsAreHidden() throws {
        let text = Self.module(
            """
            {basic_auth: {username: u, password: mysecret}, headers: {Authorization: Bearer mysecret, Cookie: mysecret},
              http_headers: {X-Key: {secrets: [mysecret]}}, proxy_url: 'http://a:mysecret@b', proxy_connect_header: {A: [mysecret]},
              oauth2: {client_certificate_key: mysecret, client_certificate_key_id: shown}}
            """
        )
        let shown = ConfigurationText.text(try YAMLNode(yaml: Array(text.utf8), file: "x"))
        #expect(!shown.contains("mysecret") && shown.contains("<secret>") && shown.contains("basic_auth"))
        #expect(shown.contains("client_certificate_key_id: shown"))
        // What is shown is YAML, and tells the same but for the secrets.
        guard case .map = try YAMLNode(yaml: Array(shown.utf8), file: "shown").content else {
            Issue.record("no map: \(shown)")
            return
        }
    }

    /// URLs are shown without user, password and query; a step has a path only.
    @Test(arguments: [
        ("https://u:mysecret@a.test/x", "https://a.test/x"),
        ("https://a.test/x?token=mysecret", "https://a.test/x?<secret>"),
        ("https://u:mysecret@a.test:8443/x?y=mysecret", "https://a.test:8443/x?<secret>"),
        ("/account?token=mysecret", "/account?<secret>"), ("https://a.test/x", "https://a.test/x"),
        ("https://u:mysecret@a.test:999999/", "<secret>"),
    ])
    func secretsInURLsAreHidden(url: String, expected: String) throws {
        let text = ConfigurationText.text(try YAMLNode(yaml: Array("targets: [{url: '\(url)'}]".utf8), file: "x"))
        #expect(text.contains("url: \"\(expected)\"\n"), "\(text)")
        #expect(!text.contains("mysecret"))
    }

    /// A file with a mistake changes nothing.
    @Test func aBadReloadKeepsTheOldOne() throws {
        let folder = TemporaryFolder()
        folder.write("c.yml", "modules: {a: {prober: http}}")
        let store = try ConfigurationStore(folder.path + "/c.yml")
        #expect(store.plan("a") != nil)
        folder.write("c.yml", "modules: {b: {prober: http, x: 1}}")
        #expect(throws: UsageError.self) { try store.prepareReload() }
        #expect(store.plan("a") != nil && store.plan("b") == nil)
        folder.write("c.yml", "modules: {b: {prober: http}}")
        try store.prepareReload()()
        #expect(store.plan("a") == nil && store.plan("b") != nil)
        folder.write("c.yml", "modules: {b: {prober: http, http: {tls_config: {ca_file: c.yml}}}}")
        #expect(throws: UsageError.self) { try store.prepareReload() }
    }

    @Test func neverTraps() {
        let seeds = [
            Self.module(
                "{method: POST, headers: {A: b}, tls_config: {ca: x}, body_size_limit: 1MB, steps: [{capture: {a: {json: b}}}]}"
            ),
            "modules: {http_2xx: {prober: http, timeout: 1s}}\ntargets: [{url: 'http://a', interval: 15s, slo: 1s, labels: {a: b}}]",
        ]
        fuzz(
            seeds: seeds.map { Array($0.utf8) },
            tokens: ["http:", "- ", "{", "99999999999MB", "fail_if_body_matches_regexp: ['(']"],
            iterations: 5_000
        ) {
            _ = try? ProbeConfiguration(YAMLNode(yaml: $0, file: "fuzz.yml"))
        }
    }
}
