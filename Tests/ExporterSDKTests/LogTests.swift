import Glibc
import Logging
import Testing

@testable import ExporterSDK

/// A message is one line whatever is in it, in a form that its readers understand.
struct LogTests {
    // MARK: logfmt

    @Test func aLineOfLogfmt() {
        let line = logged(.logfmt) {
            $0.info("listening", metadata: ["address": "127.0.0.1:9100", "path": "/metrics"])
        }
        #expect(line == " level=info msg=listening address=127.0.0.1:9100 path=/metrics\n")
    }

    @Test(arguments: [
        ("plain", "plain"), ("", "\"\""), ("two words", "\"two words\""), ("a=b", "\"a=b\""), ("\"", #""\"""#),
        (#"\"#, #""\\""#), ("a\nlevel=error", #""a\nlevel=error""#), ("\r\n\t", #""\r\n\t""#),
        ("\u{0}\u{1B}[31m\u{7F}", #""\u0000\u001b[31m\u007f""#), ("é😀", "\"é😀\""),
    ])
    func valuesAreQuotedWhereNeeded(value: String, expected: String) {
        let line = logged(.logfmt) { $0.warning("m", metadata: ["key": "\(value)"]) }
        #expect(line == " level=warn msg=m key=\(expected)\n")
        let message = logged(.logfmt) { $0.error("\(value)") }
        #expect(message == " level=error msg=\(expected)\n")
    }

    // MARK: JSON

    @Test func aLineOfJSONHasTheNamesOfECS() {
        let line = logged(.json) { logger in
            logger.error("collector failed", metadata: ["error.message": "no \"x\"", "collector": "cpu", "a": "b"])
        }
        #expect(
            line == """
                ,"log.level":"error","message":"collector failed","ecs.version":"8.11.0","service.name":"test",\
                "error.message":"no \\"x\\"","labels":{"a":"b","collector":"cpu"}}

                """
        )
        #expect(logged(.json) { $0.info("m") }.hasSuffix(#""service.name":"test"}"# + "\n"))
    }

    @Test(arguments: [
        ("", ""), ("\"},{\"x\":\"", #"\"},{\"x\":\""#), ("a\nb", #"a\nb"#),
        ("\u{0}\u{1F}\u{7F}", #"\u0000\u001f\u007f"#),
        (#"\u0000"#, #"\\u0000"#), ("é😀\u{2028}", "é😀\u{2028}"),
    ])
    func textsAreEscaped(text: String, expected: String) {
        let line = logged(.json) { $0.info("\(text)", metadata: ["user.name": "\(text)", "k": "\(text)"]) }
        #expect(line.contains("\"message\":\"\(expected)\","))
        #expect(line.contains("\"user.name\":\"\(expected)\","))
        #expect(line.hasSuffix("\"labels\":{\"k\":\"\(expected)\"}}\n"))
    }

    @Test(arguments: LogFormat.allCases)
    func aMessageIsOneLineWhateverIsInIt(format: LogFormat) {
        let hostile = Array("\"\\\n\r\u{0}\u{1B}= {}é")
        for _ in 0..<500 {
            let text = String((0..<20).compactMap { _ in hostile.randomElement() })
            let line = logged(format) { $0.info("\(text)", metadata: ["k": "\(text)"]) }
            #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
            #expect(line.utf8.allSatisfy { $0 >= 0x20 || $0 == UInt8(ascii: "\n") })
        }
    }

    // MARK: Levels, metadata, time

    @Test func levelsHaveThePeersNames() {
        let names = Logger.Level.allCases.map { LogLevel($0).rawValue }
        #expect(names == ["debug", "debug", "info", "info", "warn", "error", "error"])
        #expect(LogLevel.allCases.map(\.loggerLevel) == [.debug, .info, .warning, .error])
        #expect(throws: UsageError("\"x\" is none of debug, info, warn, error")) { try LogLevel.parse(["x"]) }
        #expect(throws: UsageError("\"x\" is neither logfmt nor json")) { try LogFormat.parse(["x"]) }
    }

    @Test func whatIsBelowTheLevelIsNotWritten() {
        #expect(logged(.logfmt, level: .warning) { $0.info("m") } == "")
        #expect(logged(.logfmt, level: .warning) { $0.error("m") } != "")
    }

    @Test func aMessagesMetadataIsOverTheLoggers() {
        let line = logged(.logfmt) { logger in
            var logger = logger
            logger[metadataKey: "a"] = "logger"
            logger[metadataKey: "b"] = "logger"
            logger.info("m", metadata: ["a": "message"])
        }
        #expect(line == " level=info msg=m a=message b=logger\n")
    }

    @Test(arguments: [
        (0, 0, "1970-01-01T00:00:00.000Z"), (1_000_000_000, 999_999_999, "2001-09-09T01:46:40.999Z"),
        (951_782_400, 1_000_000, "2000-02-29T00:00:00.001Z"), (-1, 0, "1969-12-31T23:59:59.000Z"),
        (4_102_444_799, 9_999_999, "2099-12-31T23:59:59.009Z"),
    ])
    func timesAreRFC3339(seconds: Int, nanoseconds: Int, expected: String) {
        #expect(Timestamp.text(timespec(tv_sec: seconds, tv_nsec: nanoseconds)) == expected)
    }

    // MARK: Helpers

    /// What is written, without the time at its start.
    private func logged(_ format: LogFormat, level: Logger.Level = .debug, _ body: (Logger) -> Void) -> String {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return "no pipe" }
        let handler = LineLogHandler(service: "test", format: format, level: level, descriptor: ends[1])
        body(Logger(label: "test") { _ in handler })
        close(ends[1])
        defer { close(ends[0]) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(ends[0], &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        let start = format == .logfmt ? "time=" : #"{"@timestamp":""#
        guard text.hasPrefix(start) else { return text }
        let time = text.dropFirst(start.count).prefix(24)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        return String(text.dropFirst(start.count + time.count + (format == .json ? 1 : 0)))
    }
}
