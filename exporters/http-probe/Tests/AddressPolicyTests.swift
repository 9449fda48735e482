import ExporterSDK
import ExporterTesting
import Testing

@testable import HTTPProbe

/// Where probes may go, in whatever way it is written.
@Suite(.serialized)
struct AddressPolicyTests {
    /// Addresses of the link, of metadata, of nothing and of many, as they stand or in odd forms.
    @Test(arguments: [
        "http://169.254.169.254/", "http://169.254.1.1/", "http://2852039166/", "http://0xa9fea9fe/",
        "http://0xa9.0xfe.0xa9.0xfe/",
        "http://0251.0376.0251.0376/", "http://169.254.43518/", "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:a9fe:a9fe::]/", "http://[fe80::1]/", "http://[fd00:ec2::254]/",
        "http://0.0.0.0/", "http://0/", "http://[::]/", "http://224.0.0.1/", "http://255.255.255.255/",
        "http://[ff02::1]/",
        "http://100.100.100.200/", "http://168.63.129.16/", "http://metadata.google.internal/",
        "http://METADATA.google.internal/",
    ])
    func refused(target: String) throws {
        let result = try Probing().probe(target, seconds: 2)
        #expect(result.failure == .refusedTarget, "\(result.detail)")
    }

    @Test func redirectsAreLookedAtToo() throws {
        let server = ScriptedServer(.answer(302, ["Location: http://169.254.169.254/latest/meta-data/"]))
        let result = try Probing().probe(server.url)
        #expect(result.failure == .refusedTarget && result.redirects == 1)
    }

    /// A name is judged by the address that it has.
    @Test func namesAreResolvedFirst() throws {
        let server = ScriptedServer(.answer())
        let open = try Probing()
        #expect(try open.probe("http://localhost:\(server.port)/", "preferred_ip_protocol: ip4").isSuccess)
        let closed = try Probing { $0.policy.deniesPrivate = true }
        #expect(
            try closed.probe("http://localhost:\(server.port)/", "preferred_ip_protocol: ip4").failure == .refusedTarget
        )
        #expect(server.heard.count == 1)
    }

    @Test(arguments: [
        "10.0.0.1", "172.16.5.5", "192.168.1.1", "127.0.0.1", "::1", "fc00::1", "100.64.0.1", "::ffff:10.0.0.1",
    ])
    func privateOnes(text: String) throws {
        let address = try #require(IPAddress(text))
        var policy = AddressPolicy()
        #expect(policy.permits(address, host: "x", url: "http://x/"))
        policy.deniesPrivate = true
        #expect(!policy.permits(address, host: "x", url: "http://x/"))
        policy.allowedRanges = [try #require(AddressRange("10.0.0.0/8"))]
        #expect(policy.permits(address, host: "x", url: "http://x/") == text.hasSuffix("10.0.0.1"))
    }

    @Test func allowlists() throws {
        var policy = AddressPolicy()
        let address = try #require(IPAddress("192.0.2.7"))
        policy.allowedHosts = ["shop.example.org", "*.example.net"]
        for (host, isIn) in [
            ("shop.example.org", true), ("SHOP.example.org", true), ("a.example.net", true), ("example.net", false),
            ("evilexample.net", false), ("example.org", false),
        ] {
            #expect(policy.permits(host: host, url: "http://\(host)/") == isIn, "\(host)")
            #expect(policy.permits(address, host: host, url: "http://\(host)/") == isIn, "\(host)")
        }
        policy.allowedHosts = []
        policy.allowedPatterns = [try Pattern("^(?:https://[a-z]+\\.example\\.org/.*)$")]
        #expect(policy.permits(host: "a.example.org", url: "https://a.example.org/x"))
        #expect(!policy.permits(host: "a.example.org", url: "http://a.example.org/x"))
        policy.allowedPatterns = []
        policy.allowedRanges = [try #require(AddressRange("192.0.2.0/24"))]
        #expect(policy.permits(address, host: "x", url: "http://x/"))
        #expect(!policy.permits(try #require(IPAddress("192.0.3.7")), host: "x", url: "http://x/"))
    }

    @Test(arguments: ["10.0.0.0/33", "x", "", "10.0.0/8", "::/129", "10.0.0.0/-1", "10.0.0.0/"])
    func whatIsNoRange(text: String) { #expect(AddressRange(text) == nil) }

    @Test(arguments: [
        "invalid://127.0.0.1", "file:///etc/passwd", "gopher://x", "http://", "http://a b/", "http://x:99999/",
        "http://x:0/", "",
        "http://[::1/", "http://x:y/",
    ])
    func whatIsNoTarget(text: String) {
        guard case .failure = TargetURL.parse(text) else {
            Issue.record("taken: \(text)")
            return
        }
    }

    @Test(arguments: ["http://", "https://", "HTTP://", "HtTpS://", ""])
    func schemes(scheme: String) throws {
        let url = try TargetURL.parse(scheme + "Example.org:81/A?b=1#c").get()
        #expect(url.host == "example.org" && url.port == 81 && url.path == "/A" && url.query == "b=1")
        #expect(url.isTLS == scheme.lowercased().hasPrefix("https"))
    }

    @Test func urlsNeverTrap() throws {
        let seeds = [
            "http://user:pw@[::1]:80/a?b#c", "https://0x7f.1/", "//x/../y", "http://xn--nxasmq6b/%41",
            "ftp.example.org",
        ]
        let base = try TargetURL.parse("https://example.org/a/b?c").get()
        fuzz(
            seeds: seeds.map { Array($0.utf8) },
            tokens: ["http://", "@", "[", "]", ":", "%", "//", "\\", "?"],
            iterations: 10_000
        ) {
            let text = String(decoding: $0, as: UTF8.self)
            for base in [nil, base] {
                guard case .success(let url) = TargetURL.parse(text, relativeTo: base) else { continue }
                #expect(["http", "https"].contains(url.scheme) && (1...65_535).contains(url.port))
                #expect(url.password.map { $0.utf8.count > 12 && url.publicText.contains($0) } != true)
            }
            _ = AddressRange(text)
            if let address = IPAddress(text) { #expect(IPAddress(address.description) == address) }
        }
    }
}
