import ExporterTesting
import Exposition
import Glibc
import Testing

@testable import WebVitals

/// The program itself, against odd, slow and many clients.
@Suite(.serialized)
struct ProgramTests {
    private static let body = Array("{\"name\":\"TTFB\",\"value\":5,\"page\":\"/a\"}".utf8)
    private static let headers = ["Origin: http://127.0.0.1:8801", "Content-Type: text/plain", "sec-ch-ua-mobile: ?1"]

    @Test func itServes() throws {
        let exporter = try RunningExporter("web-vitals-collector")
        #expect(try exporter.client.request("POST", "/beacon", headers: Self.headers, body: Self.body).status == 204)
        let faro = try exporter.client.request("POST", "/collect", headers: Self.headers, body: Self.body)
        #expect(faro.status == 202 && faro.body.isEmpty && faro[header: "content-length"] == "0")
        let exposition = try TextParser.parse(Array(exporter.scrape().utf8))
        let family = exposition.families.first { $0.name == "web_vitals_time_to_first_byte_seconds" }
        #expect(family?.samples.contains { $0.name.hasSuffix("_count") && $0.value == 2 } == true)
        #expect(exposition.families.contains { $0.name == "beacon_last_received_timestamp_seconds" })
        #expect(lint(exposition).filter { !$0.metric.hasPrefix("promhttp_") } == [])
        #expect(try exporter.client.request("GET", "/beacon").status == 405)
        #expect(exporter.program.stop() == 0)
    }

    /// The agent comes compressed or not, from an address that holds its hash.
    @Test func itServesTheAgent() throws {
        let exporter = try RunningExporter("web-vitals-collector")
        let agent = AgentScript()
        for path in ["/agent.js", agent.pinnedPath] {
            let plain = try exporter.client.request("GET", path)
            #expect(plain.status == 200 && plain.body == agent.bytes)
            #expect(plain[header: "content-type"] == "text/javascript; charset=utf-8")
            #expect(plain[header: "x-content-type-options"] == "nosniff")
            #expect(plain[header: "access-control-allow-origin"] == "*")
            #expect(plain[header: "cross-origin-resource-policy"] == "cross-origin")
            let compressed = try exporter.client.request("GET", path, headers: ["Accept-Encoding: gzip, br"])
            #expect(compressed[header: "content-encoding"] == "gzip")
            #expect(try Inflate.gunzip(compressed.body[...], bytesMax: 100_000) == agent.bytes)
        }
        #expect(
            try exporter.client.request("GET", agent.pinnedPath)[header: "cache-control"]?.contains("immutable") == true
        )
        #expect(eventually { exporter.program.printed.contains(agent.integrity) })
    }

    /// In pieces without a length, up to the limit and beyond it.
    @Test(arguments: [(65_536, 204), (65_537, 413), (3_000_000, 413)])
    func chunkedBodies(count: Int, status: Int) throws {
        let exporter = try RunningExporter("web-vitals-collector")
        let connection = try exporter.client.connect()
        let head = ["POST /beacon HTTP/1.1", "Host: x", "Transfer-Encoding: chunked"] + Self.headers
        try connection.send(head.joined(separator: "\r\n") + "\r\n\r\n")
        var rest = Self.body + [UInt8](repeating: 32, count: count - Self.body.count)
        while !rest.isEmpty {
            let piece = rest.prefix(8_000)
            // Who was refused may find the connection closed.
            guard
                (try? connection.send(Array((String(piece.count, radix: 16) + "\r\n").utf8) + piece + [13, 10])) != nil
            else { break }
            rest.removeFirst(piece.count)
        }
        try? connection.send("0\r\n\r\n")
        #expect(try connection.readResponse().status == status)
    }

    /// 500 clients that send a byte now and then: others are served, and the slow ones are let go.
    @Test func slowWriters() throws {
        let exporter = try RunningExporter(
            "web-vitals-collector",
            ["--web.header-timeout=2s", "--web.body-timeout=2s", "--web.max-connections=800"]
        )
        let slow = try (0..<500).map { _ in try exporter.client.connect(timeoutSeconds: 60) }
        for (number, connection) in slow.enumerated() {
            try connection.send(
                number % 2 == 0
                    ? "POST /beacon HTTP/1.1\r\nHo" : "POST /beacon HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
            )
        }
        #expect(try exporter.client.request("POST", "/beacon", headers: Self.headers, body: Self.body).status == 204)
        for connection in slow { try? connection.send("s") }
        #expect(eventually { slow.allSatisfy(\.isClosedAlready) })
        #expect(try exporter.client.request("POST", "/beacon", headers: Self.headers, body: Self.body).status == 204)
    }

    /// A request on a connection that is kept.
    private static func request(_ more: [String] = []) -> [UInt8] {
        let lines = ["POST /beacon HTTP/1.1", "Host: x", "Content-Length: \(body.count)"] + headers + more
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    /// A program that ends while browsers send: each gets an answer or a closed connection at once, and the next one, on
    /// the same port, serves from the beginning.
    @Test(arguments: [SIGTERM, SIGKILL])
    func aRestartUnderLoad(signal: Int32) throws {
        let flags = ["--limit.client-rate=0"]
        var exporter = try RunningExporter("web-vitals-collector", flags)
        let address = "--web.listen-address=127.0.0.1:\(exporter.port)"
        for _ in 0..<3 {
            let connections = try (0..<20).map { _ in try exporter.client.connect() }
            for connection in connections {
                try connection.send(Self.request())
                #expect(try connection.readResponse().status == 204)
                // A second one is under way when it ends.
                try connection.send(Self.request())
            }
            #expect(exporter.program.stop(signal: signal) == (signal == SIGTERM ? 0 : -SIGKILL))
            for connection in connections {
                let answer = try? connection.readResponse()
                #expect(answer == nil || answer?.status == 204)
                // Nobody is left waiting.
                #expect(connection.isClosedByServer())
            }
            exporter = try RunningExporter("web-vitals-collector", flags + [address])
            #expect(
                try exporter.client.request("POST", "/beacon", headers: Self.headers, body: Self.body).status == 204
            )
            let name = "web_vitals_time_to_first_byte_seconds_count"
            #expect(exporter.scrape().contains("\(name){site=\"local\",page=\"/a\",device=\"mobile\"} 1\n"))
        }
    }

    /// From one address its rate holds, and others are served; from 10,000 the rate of all holds. Memory is as before.
    @Test func floods() throws {
        let exporter = try RunningExporter(
            "web-vitals-collector",
            [
                "--web.trusted-proxies=127.0.0.1", "--limit.client-rate=1", "--limit.client-burst=20",
                "--limit.rate=100",
                "--limit.burst=1000", "--limit.clients=1024",
            ]
        )
        let connection = try exporter.client.connect()
        func isTaken(_ address: String) throws -> Bool {
            try connection.send(Self.request(["X-Forwarded-For: \(address)"]))
            let status = try connection.readResponse().status
            #expect(status == 204 || status == 429)
            return status == 204
        }
        func rejected(_ reason: String) -> Int {
            let line = exporter.scrape().split(separator: "\n").first {
                $0.hasPrefix("beacon_rejected_total{reason=\"\(reason)\"}")
            }
            return line.flatMap { Int($0.split(separator: " ").last ?? "") } ?? -1
        }
        let one = try (0..<500).filter { _ in try isTaken("192.0.2.1") }.count
        #expect((20..<250).contains(one))
        #expect(rejected("rate_client") == 500 - one)
        #expect(try isTaken("192.0.2.2"))

        let before = try #require(exporter.program.residentBytes)
        let many = try (0..<10_000).filter { try isTaken("10.0.\($0 >> 8).\($0 & 255)") }.count
        #expect((900..<9_000).contains(many))
        #expect(rejected("rate_global") == 10_000 - many)
        #expect(rejected("rate_client") == 500 - one)
        let after = try #require(exporter.program.residentBytes)
        #expect(after - before < 8 << 20)
    }

    @Test func sitesAreReadAnewOnSIGHUP() throws {
        let folder = TemporaryFolder()
        folder.write("sites.yml", "sites:\n  - {name: one, origins: [\"http://127.0.0.1:*\"]}\n")
        let exporter = try RunningExporter("web-vitals-collector", ["--sites.file=\(folder.path)/sites.yml"])
        func site() throws -> String {
            _ = try exporter.client.request("POST", "/beacon", headers: Self.headers, body: Self.body)
            return exporter.scrape()
        }
        #expect(try site().contains("site=\"one\""))
        folder.write("sites.yml", "sites:\n  - {name: two, origins: [\"http://127.0.0.1:*\"]}\n")
        exporter.program.send(SIGHUP)
        #expect(eventually { (try? site().contains("site=\"two\"")) == true })
        folder.write("sites.yml", "sites:\n  - {name: three}\n")
        exporter.program.send(SIGHUP)
        #expect(eventually { exporter.program.printed.contains("sites.yml:2:") })
        #expect(exporter.scrape().contains("config_last_reload_successful 0"))
        #expect(try site().contains("site=\"two\""))
    }

    @Test(arguments: [
        ["--sites.file=/nonexistent"], ["--web.trusted-proxies=x"], ["--settle.max-waiting=0"],
        ["--beacon.max-body-bytes=-1"],
    ])
    func badFlagsAreSaid(flags: [String]) throws {
        let program = try RunningProgram(builtExecutable("web-vitals-collector"), flags)
        #expect(program.waitForExit() == 1)
        #expect(program.printed.contains("error: "))
    }
}
