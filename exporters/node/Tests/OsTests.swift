import ExporterSDK
import Testing

@testable import NodeCollectors

struct OsTests {
    @Test(arguments: [
        ("ID=debian\n", "debian"), ("ID=\"a b\"", "a b"), ("ID='it is \\\"'\n", "it is \\\""),
        (#"ID="a \"b\" \$c \\d""#, #"a "b" $c \d"#), ("ID=\"open\n", "\"open"), ("ID=\n", ""), ("ID=\"\n", "\""),
        ("# ID=x\nID=y\n", "y"), ("  ID=z  \r\n", "z"), ("ID=a=b\n", "a=b"),
    ])
    func readsValues(text: String, id: String) throws { #expect(try OsCollector.parse(Bytes(text))["ID"] == id) }

    @Test(arguments: ["", "\n#x=1\n", "no assignment\n", "=1\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try OsCollector.parse(Bytes(text)) }
    }

    @Test(
        arguments: [
            ("20.04.2", 20.04), ("12", 12), ("12.", 12), ("42beta", 42), ("7x.3", 7), ("3.1rc", 3.1), ("rolling", nil),
            ("", nil), ("0", nil), (".5", nil), ("-3", nil),
        ] as [(String, Double?)]
    )
    func readsVersions(text: String, number: Double?) { #expect(OsCollector.majorMinor(Bytes(text)) == number) }

    @Test(
        arguments: [
            ("1970-01-01", 0.0), ("2000-02-29", 951_782_400), ("2026-05-13", 1_778_630_400),
            ("2100-03-01", 4_107_542_400),
            ("1969-12-31", -86400), ("2026-13-01", nil), ("2026-5-13", nil), ("soon", nil), ("2026-05-13Z", nil),
            ("", nil),
            ("2026-00-10", nil), ("2026-05-32", nil),
        ] as [(String, Double?)]
    )
    func readsDates(text: String, seconds: Double?) { #expect(OsCollector.timestamp(Bytes(text)) == seconds) }

    @Test func fallsBackToUsr() throws {
        let both = ["etc/os-release": "ID=a\n", "usr/lib/os-release": "ID=b\n"]
        #expect(try samples(of: OsCollector.self, over: both)[0].contains(",id=\"a\","))
        let one = ["usr/lib/os-release": "ID=b\nVERSION_ID=x\n"]
        let lines = try samples(of: OsCollector.self, over: one)
        #expect(lines.count == 1 && lines[0].contains(",id=\"b\","))
        #expect(try samples(of: OsCollector.self, over: [:])[0].hasPrefix("# absent: /usr/lib/os-release"))
    }
}
