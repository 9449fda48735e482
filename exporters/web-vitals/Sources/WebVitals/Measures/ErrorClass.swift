import ExporterSDK

/// The class of an error, from a list: a page can throw what it likes, and a message is never a label.
enum ErrorClass: String, CaseIterable, Sendable {
    case error = "Error"
    case aggregateError = "AggregateError"
    case evalError = "EvalError"
    case rangeError = "RangeError"
    case referenceError = "ReferenceError"
    case syntaxError = "SyntaxError"
    case typeError = "TypeError"
    case uriError = "URIError"
    case abortError = "AbortError"
    case chunkLoadError = "ChunkLoadError"
    case dataCloneError = "DataCloneError"
    case domException = "DOMException"
    case invalidStateError = "InvalidStateError"
    case networkError = "NetworkError"
    case notAllowedError = "NotAllowedError"
    case notFoundError = "NotFoundError"
    case notSupportedError = "NotSupportedError"
    case quotaExceededError = "QuotaExceededError"
    case securityError = "SecurityError"
    case timeoutError = "TimeoutError"
    /// A script of another origin, of which the browser tells nothing.
    case crossOrigin = "cross-origin"
    // Elements whose resource did not come.
    case img
    case script
    case link
    case audio
    case video
    case source
    case iframe
    case other

    /// The class of this name.
    init(_ name: String) { self = Self.byName[name] ?? .other }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
}
