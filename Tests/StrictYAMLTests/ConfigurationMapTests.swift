import StrictYAML
import Testing

/// A configuration of each type, and what is said of wrong ones.
struct ConfigurationMapTests {
    struct Server: ConfigurationMap {
        enum Mode: String, CaseIterable, ConfigurationValue { case fast, safe }

        struct Rate: ConfigurationMap {
            let interval: Duration
            let burst: Int

            init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
                interval = try keys.required("interval")
                burst = try keys.value("burst", default: 1)
                guard burst > 0 else { throw keys.error("burst", "at least 1") }
            }
        }

        let name: String
        let mode: Mode
        let isOn: Bool
        let share: Double
        let rate: Rate?
        let hosts: [String]
        let users: [String: Secret]
        let certificate: String?

        init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
            name = try keys.required("name")
            mode = try keys.value("mode", default: .safe)
            isOn = try keys.value("on", default: false)
            share = try keys.value("share", default: 0.5)
            rate = try keys.optional("rate")
            hosts = try keys.value("hosts", default: [])
            users = try keys.value("users", default: [:])
            certificate = try keys.path("cert_file")
        }
    }

    private func server(_ yaml: String, file: String = "/etc/x/a.yml") throws(ConfigurationError) -> Server {
        try Server(YAMLNode(yaml: Array(yaml.utf8), file: file))
    }

    @Test func everyTypeIsRead() throws {
        let server = try server(
            """
            name: 12
            mode: fast
            on: yes
            share: 1e-1
            rate: {interval: 1m30s, burst: 0x10}
            hosts: [a, "b"]
            users:
              alice: geheim
            cert_file: tls/cert.pem
            """
        )
        #expect(server.name == "12")
        #expect(server.mode == .fast)
        #expect(server.isOn)
        #expect(server.share == 0.1)
        #expect(server.rate?.interval == .seconds(90))
        #expect(server.rate?.burst == 16)
        #expect(server.hosts == ["a", "b"])
        #expect(server.users["alice"]?.exposed == "geheim")
        #expect(server.certificate == "/etc/x/tls/cert.pem")
        #expect(!"\(server)".contains("geheim"))
        var dumped = ""
        dump(server, to: &dumped)
        #expect(!dumped.contains("geheim"))
    }

    @Test func whatIsLeftOutHasItsDefault() throws {
        let server = try server("name: a\nmode:\nrate:\nhosts:\nusers: ~\ncert_file: /c\n")
        #expect(server.mode == .safe && server.rate == nil && server.hosts.isEmpty && server.certificate == "/c")
        #expect(try self.server("name: a\ncert_file: c\n", file: "a.yml").certificate == "c")
    }

    @Test(arguments: [
        ("", "1:1: \"name\" is missing here"), ("mode: fast\n", "1:1: \"name\" is missing here"),
        (
            "name: a\nmod: fast\n",
            "2:1: unknown key \"mod\"; what can be here: name, mode, on, share, rate, hosts, users, cert_file"
        ),
        ("name: a\nmode: quick\n", "2:7: \"quick\" should be one of fast, safe"),
        ("name: a\non: perhaps\n", "2:5: true or false should be here, not \"perhaps\""),
        ("name: a\non: 'true'\n", "2:5: true or false should be here, without quotes; \"true\" is text"),
        ("name: a\nshare: half\n", "2:8: a number should be here, not \"half\""),
        ("name: a\nshare: .nan\n", "2:8: a number should be here, not \".nan\""),
        ("name: [a]\n", "1:7: text should be here, not a list"),
        ("name: a\nhosts: b\n", "2:8: a list should be here, not a single value; begin each item with \"- \""),
        ("name: a\nusers: [b]\n", "2:8: a map should be here, lines of \"name: value\", not a list"),
        ("name: a\nrate: 3\n", "2:7: a map should be here, lines of \"name: value\", not a single value"),
        ("name: a\nrate:\n  burst: 2\n", "3:3: \"interval\" is missing here"),
        (
            "name: a\nrate: {interval: fast}\n",
            "2:18: a duration such as 500ms, 5s, 1m30s or 2h should be here, not \"fast\""
        ),
        ("name: a\nrate: {interval: 1s, burst: 0}\n", "2:29: at least 1"),
        ("name: a\nrate: {interval: 1s, burst: 010}\n", "2:29: a whole number should be here, not \"010\""),
        (
            "name: a\nrate: {interval: 1s, burst: 99999999999999999999}\n",
            "2:29: a whole number should be here, not \"99999999999999999999\""
        ),
        ("name: a\nrate: {interval: 1s, brst: 1}\n", "2:22: unknown key \"brst\"; what can be here: interval, burst"),
        ("[a]\n", "1:1: a map should be here, lines of \"name: value\", not a list"),
    ])
    func wrongOnesAreRefusedWithTheirPlace(yaml: String, expected: String) {
        let error = #expect(throws: ConfigurationError.self) { try server(yaml, file: "a.yml") }
        #expect(error?.description == "a.yml:" + expected)
    }

    @Test(arguments: [
        ("1s", 1.0), ("500ms", 0.5), ("1m30s", 90), ("1.5h", 5400), ("2d", 172_800), ("0", 0), ("0s", 0),
        ("1w", 604_800),
        ("10us", 0.00001), ("10µs", 0.00001), (".5s", 0.5), ("1y", 31_536_000),
    ])
    func durations(text: String, seconds: Double) throws {
        let duration = try Duration(YAMLNode(yaml: Array(text.utf8), file: "a"))
        #expect(duration / .nanoseconds(1) == (seconds * 1e9).rounded())
    }

    @Test(arguments: ["1", "s", "1 s", "-1s", "1x", "999999999y", "9999999999s", ".", ".s", "1s1", "٣s", "''"])
    func notDurations(text: String) {
        #expect(throws: ConfigurationError.self) { try Duration(YAMLNode(yaml: Array(text.utf8), file: "a")) }
    }
}
