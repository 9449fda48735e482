import Glibc
public import Logging

/// Writes each message as one line, by one write(2), so that lines of several threads never mix.
///
/// Metadata whose key is a field of the Elastic Common Schema (it has a dot, as in `error.message`) stands at the top
/// of a JSON line; other keys stand below `labels`.
public struct LineLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]

    private let format: LogFormat
    private let service: String
    private let descriptor: Int32

    /// A handler that writes for this service to a descriptor, standard error if not told otherwise.
    public init(service: String, format: LogFormat, level: Logger.Level, descriptor: Int32 = 2) {
        self.service = service
        self.format = format
        self.descriptor = descriptor
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
            .map { (key: $0.key, value: "\($0.value)") }
            .sorted { $0.key < $1.key }
        let level = LogLevel(event.level).rawValue
        var line = LogLine()
        switch format {
        case .logfmt:
            line.appendLogfmt(("time", Timestamp.now), ("level", level), ("msg", event.message.description))
            for field in fields { line.appendLogfmt(field) }
        case .json:
            line.appendJSON("@timestamp", Timestamp.now)
            line.appendJSON("log.level", level)
            line.appendJSON("message", event.message.description)
            line.appendJSON("ecs.version", "8.11.0")
            line.appendJSON("service.name", service)
            for field in fields where field.key.contains(".") { line.appendJSON(field.key, field.value) }
            line.appendJSON(object: "labels", fields.filter { !$0.key.contains(".") })
        }
        let bytes = line.finished(format)
        // There is nowhere to report that the log can't be written.
        _ = try? SystemError.check { write(descriptor, bytes, bytes.count) }
    }
}

/// The bytes of one line.
struct LogLine {
    private var bytes: [UInt8] = []

    mutating func appendLogfmt(_ fields: (key: String, value: String)...) {
        for field in fields {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
            bytes.append(contentsOf: field.key.utf8)
            bytes.append(UInt8(ascii: "="))
            if Self.isPlain(field.value) {
                bytes.append(contentsOf: field.value.utf8)
            } else {
                appendQuoted(field.value)
            }
        }
    }

    mutating func appendJSON(_ key: String, _ value: String) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        appendQuoted(key)
        bytes.append(UInt8(ascii: ":"))
        appendQuoted(value)
    }

    mutating func appendJSON(object key: String, _ fields: [(key: String, value: String)]) {
        guard !fields.isEmpty else { return }
        var inner = LogLine()
        for field in fields { inner.appendJSON(field.key, field.value) }
        bytes.append(UInt8(ascii: ","))
        appendQuoted(key)
        bytes.append(contentsOf: [UInt8(ascii: ":"), UInt8(ascii: "{")])
        bytes.append(contentsOf: inner.bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    func finished(_ format: LogFormat) -> [UInt8] {
        switch format {
        case .logfmt: bytes + [UInt8(ascii: "\n")]
        case .json: [UInt8(ascii: "{")] + bytes + [UInt8(ascii: "}"), UInt8(ascii: "\n")]
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=")
                    && $0 != UInt8(ascii: "\\")
            }
    }

    /// In quotes, with JSON's escapes, which logfmt's readers understand too: nobody's text can begin a line.
    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
            case ..<0x20, 0x7F:
                let hex = String(byte, radix: 16)
                bytes.append(contentsOf: ("\\u00" + (hex.utf8.count < 2 ? "0" : "") + hex).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Now, as RFC 3339 writes it, in UTC with milliseconds.
enum Timestamp {
    static var now: String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return text(time)
    }

    static func text(_ time: timespec) -> String {
        var seconds = time.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
        let clock = "\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))"
        return "\(date)T\(clock).\(padded(Int32(time.tv_nsec / 1_000_000), width: 3))Z"
    }

    private static func padded(_ number: Int32, width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
