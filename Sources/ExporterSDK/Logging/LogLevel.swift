import Logging

/// The least severe messages that are logged, in the peers' words.
enum LogLevel: String, FlagValue, CaseIterable {
    case debug, info, warn, error

    static func parse(_ texts: [String]) throws(UsageError) -> LogLevel {
        guard let level = texts.last.flatMap(LogLevel.init) else {
            throw UsageError("\"\(texts.last ?? "")\" is none of debug, info, warn, error")
        }
        return level
    }

    var flagText: String { rawValue }

    init(_ level: Logger.Level) {
        switch level {
        case .trace, .debug: self = .debug
        case .info, .notice: self = .info
        case .warning: self = .warn
        case .error, .critical: self = .error
        }
    }

    var loggerLevel: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error: .error
        }
    }
}
