import Glibc
import Testing

@testable import ExporterSDK

/// Addresses to listen on, and the targets of requests.
struct AddressTests {
    @Test(
        arguments: [
            (":9100", .port(9100)), (":0", .port(0)), (":65535", .port(65535)),
            ("127.0.0.1:1", .host("127.0.0.1", port: 1)),
            ("localhost:80", .host("localhost", port: 80)), ("[::1]:9100", .host("::1", port: 9100)),
            ("[]:1", .port(1)), ("[fe80::1%eth0]:1", .host("fe80::1%eth0", port: 1)),
            ("unix:/run/x.sock", .unixSocket(path: "/run/x.sock")), ("unix:/a:b", .unixSocket(path: "/a:b")),
        ] as [(String, ListenAddress)]
    )
    func addresses(text: String, expected: ListenAddress) throws { #expect(try ListenAddress(text) == expected) }

    @Test(arguments: [
        "", ":", "9100", "localhost", "localhost:", ":x", ":-1", ":+9100", ":65536", ":99999999999999999999", ": 9100",
        "::1:9100", "::1", "[::1]", "[::1", "unix:", "unix:relative", "http://x:", ":9100/", "0x1F:0x50", ":９",
    ])
    func badAddressesAreExplained(text: String) {
        let error = #expect(throws: UsageError.self) { try ListenAddress(text) }
        #expect(error?.message.contains("listen address \"\(text)\"") == true)
    }

    @Test func addressesAreShownAsTheyAreGiven() throws {
        for text in [":9100", "127.0.0.1:1", "[::1]:9100", "unix:/run/x.sock"] {
            #expect(try ListenAddress(text).text == text)
        }
    }

    @Test func socketsFromSystemd() throws {
        let own = "\(getpid())"
        func sockets(_ environment: [String: String]) throws -> [ListenAddress] {
            try ListenAddress.fromSystemd { environment[$0] }
        }
        #expect(try sockets(["LISTEN_PID": own, "LISTEN_FDS": "1"]) == [.inherited(descriptor: 3)])
        #expect(try sockets(["LISTEN_PID": own, "LISTEN_FDS": "3"]).count == 3)
        for count in ["0", "-1", "", "x", "65", "99999999999"] {
            #expect(throws: UsageError.self) { try sockets(["LISTEN_PID": own, "LISTEN_FDS": count]) }
        }
        #expect(throws: UsageError.self) { try sockets(["LISTEN_PID": "1", "LISTEN_FDS": "1"]) }
        #expect(throws: UsageError.self) { try sockets([:]) }
    }

    // MARK: Targets of requests

    @Test(
        arguments: [
            ("/", "/", []), ("/metrics", "/metrics", []), ("/metrics?", "/metrics", []), ("", "", []), ("?", "", []),
            ("/a%20b", "/a b", []), ("/a+b", "/a+b", []), ("/%2e%2E/", "/../", []), ("/%", "/%", []),
            ("/%2", "/%2", []),
            ("/%zz", "/%zz", []), ("/%0x", "/%0x", []), ("/%+1", "/%+1", []), ("/%00", "/\u{0}", []),
            ("/%C3%A9", "/é", []),
            ("/%FF", "/\u{FFFD}", []), ("/%25zz", "/%zz", []), ("/a?b?c", "/a", ["b?c="]),
            ("/?a=1&b=2", "/", ["a=1", "b=2"]),
            ("/?a=1&a=2", "/", ["a=1", "a=2"]), ("/?a", "/", ["a="]), ("/?=b", "/", ["=b"]),
            ("/?a=b=c", "/", ["a=b=c"]),
            ("/?&&a=1&&", "/", ["a=1"]), ("/?a%3Db=c%26d", "/", ["a=b=c&d"]), ("/?a+b=c+d", "/", ["a b=c d"]),
            ("/?collect[]=cpu", "/", ["collect[]=cpu"]), ("/?collect%5B%5D=cpu", "/", ["collect[]=cpu"]),
            ("http://host:80/metrics", "http://host:80/metrics", []), ("*", "*", []),
        ] as [(String, String, [String])]
    )
    func targets(target: String, path: String, query: [String]) {
        let parsed = RequestTarget(target)
        #expect(parsed.path == path)
        #expect(parsed.query.map { "\($0.name)=\($0.value)" } == query)
    }

    @Test func parametersAreBounded() {
        let target = RequestTarget("/?" + "a=1&".repeated(100_000))
        #expect(target.query.count == RequestTarget.parametersMax)
    }

    @Test func randomTargetsNeverTrap() {
        let alphabet = Array("/%?&=+0aF;#[]é ")
        for _ in 0..<5000 {
            let text = String((0..<Int.random(in: 0...20)).compactMap { _ in alphabet.randomElement() })
            #expect(!RequestTarget(text).path.contains("?") || text.contains("%3F"))
        }
    }
}
