import ExporterSDK
import ExporterTesting
import Testing

@testable import WebVitals

/// gzip that means no good.
struct InflateTests {
    /// What `gzip` makes of a text, by Python, which every machine for tests has.
    private static func gzip(_ expression: String) throws -> [UInt8] {
        let folder = TemporaryFolder()
        let script = "import gzip,sys; open(sys.argv[1],'wb').write(\(expression))"
        let program = try RunningProgram("python3", ["-c", script, folder.path + "/out"])
        #expect(program.waitForExit(seconds: 60) == 0, "\(program.printed)")
        return readBytes(folder.path + "/out")
    }

    @Test func oneMemberAndSeveral() throws {
        #expect(try Inflate.gunzip(Self.gzip("gzip.compress(b'hello')")[...], bytesMax: 100) == Array("hello".utf8))
        let two = try Self.gzip("gzip.compress(b'hel')+gzip.compress(b'lo')")
        #expect(try Inflate.gunzip(two[...], bytesMax: 100) == Array("hello".utf8))
    }

    @Test(arguments: [
        // A bomb, one within its ratio but too large, a small one many times, and more members than there may be.
        "gzip.compress(bytes(50_000_000))", "gzip.compress(bytes(range(256))*400)", "gzip.compress(bytes(60_000))*4",
        "gzip.compress(b'')*3000",
    ])
    func bombs(expression: String) throws {
        let bytes = try Self.gzip(expression)
        #expect(throws: InflateError.tooLarge) { try Inflate.gunzip(bytes[...], bytesMax: 100_000) }
    }

    @Test(arguments: [
        "b''", "b'x'", "gzip.compress(b'hello')[:-3]", "gzip.compress(b'hello')+b'rubbish'",
        "gzip.compress(b'hello')[:5]",
    ])
    func whatIsNoGzip(expression: String) throws {
        let bytes = try Self.gzip(expression)
        #expect(throws: InflateError.corrupt) { try Inflate.gunzip(bytes[...], bytesMax: 100_000) }
    }

    @Test func fuzzing() throws {
        let seeds = [
            try Self.gzip("gzip.compress(b'{\"name\":\"FCP\",\"value\":1}'*20)"),
            try Self.gzip("gzip.compress(bytes(5000))"),
        ]
        fuzz("gzip", seeds: seeds, iterations: 5_000) { input in
            let out = try? Inflate.gunzip(input[...], bytesMax: 10_000)
            #expect(out?.count ?? 0 <= 10_000)
        }
    }

    @Test func aCompressedBeaconIsTaken() throws {
        let body = try Self.gzip("gzip.compress(b'{\"name\":\"TTFB\",\"value\":5}')")
        let receiving = try Receiving()
        #expect(receiving.send(body, headers: ["content-encoding": "gzip"], at: .faro).status == 202)
        #expect(receiving.samples.contains { $0.hasPrefix("web_vitals_time_to_first_byte_seconds_count") })
        #expect(receiving.send(body, headers: ["content-encoding": "br"]).status == 415)
        #expect(receiving.send(Array(body.dropLast(4)), headers: ["content-encoding": "gzip"]).status == 204)
        #expect(receiving.rejected(.inflate) == 1)
        let bomb = try Self.gzip("gzip.compress(bytes(10_000_000))")
        #expect(bomb.count < 65_536)
        #expect(receiving.send(bomb, headers: ["content-encoding": "gzip"]).status == 413)
    }
}
