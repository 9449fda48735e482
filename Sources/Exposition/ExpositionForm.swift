/// How an exposition is written: its format, and what becomes of names that are not plain.
///
/// The form that a scraper wants follows from its `Accept` header by Prometheus' rules: the supported one with the
/// highest `q`, the first among equals; text format 0.0.4 where nothing fits. See
/// <https://prometheus.io/docs/instrumenting/content_negotiation/>.
public struct ExpositionForm: Sendable, Hashable {
    /// The format.
    public var format: ExpositionFormat
    /// What becomes of names that are not plain; text format 0.0.4 can't quote them.
    public var escaping: EscapingScheme

    /// A form; `allowUTF8` in text format 0.0.4, which has no quotes for names, becomes `underscores`.
    public init(_ format: ExpositionFormat, escaping: EscapingScheme = .underscores) {
        self.format = format
        self.escaping = format == .text && escaping == .allowUTF8 ? .underscores : escaping
    }

    /// The form that the values of `Accept` headers ask for.
    public init(accept: [String]) {
        self.init(.text)
        var best = 0.0
        for range in accept.flatMap({ $0.split(separator: ",") }).prefix(64) {
            guard let choice = HeaderChoice(range), choice.quality > best, let format = Self.format(choice) else {
                continue
            }
            best = choice.quality
            self.init(format, escaping: choice.parameters["escaping"].flatMap(EscapingScheme.init) ?? .underscores)
        }
    }

    /// What the `Content-Type` header of an answer in this form says.
    public var contentType: String {
        let type =
            switch format {
            case .text: "text/plain; version=0.0.4; charset=utf-8"
            case .utf8Text: "text/plain; version=1.0.0; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            case .protobuf:
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        return "\(type); escaping=\(escaping.rawValue)"
    }

    /// Whether the values of `Accept-Encoding` headers prefer gzip to no encoding.
    public static func acceptsGzip(_ acceptEncoding: [String]) -> Bool {
        var gzip: Double?
        var identity: Double?
        var any: Double?
        for coding in acceptEncoding.flatMap({ $0.split(separator: ",") }).prefix(64) {
            guard let choice = HeaderChoice(coding) else { continue }
            switch choice.value {
            case "gzip", "x-gzip": gzip = choice.quality
            case "identity": identity = choice.quality
            case "*": any = choice.quality
            default: break
            }
        }
        let quality = gzip ?? any ?? 0
        return quality > 0 && quality >= identity ?? 0
    }

    private static func format(_ choice: HeaderChoice) -> ExpositionFormat? {
        let version = choice.parameters["version"]
        switch choice.value {
        case "application/openmetrics-text": return [nil, "1.0.0", "0.0.1"].contains(version) ? .openMetrics : nil
        case "text/plain" where version == "1.0.0": return .utf8Text
        case "text/plain": return [nil, "0.0.4"].contains(version) ? .text : nil
        case "text/*", "*/*": return version == nil ? .text : nil
        case "application/vnd.google.protobuf":
            let message = choice.parameters["proto"]
            guard message == "io.prometheus.client.MetricFamily", choice.parameters["encoding"] == "delimited" else {
                return nil
            }
            return .protobuf
        default: return nil
        }
    }
}

/// One of the things that a header such as `Accept` lists: a value with its parameters and its quality.
package struct HeaderChoice {
    package let value: String
    package let parameters: [String: String]
    /// From 0, "not this", to 1.
    package let quality: Double

    package init?(_ text: Substring) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        guard let first = parts.first, !first.isEmpty else { return nil }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map { Self.trimmed($0) }
            if pair.count == 2 { parameters[pair[0].lowercased()] = Self.unquoted(pair[1]) }
        }
        var quality = 1.0
        if let text = parameters["q"] {
            guard let number = Double(text), (0...1).contains(number) else { return nil }
            quality = number
        }
        value = first.lowercased()
        self.parameters = parameters
        self.quality = quality
    }

    /// A value may be in quotes (RFC 9110 5.6.6); those that mean anything to us hold nothing to unescape.
    private static func unquoted(_ text: String) -> String {
        text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
    }

    private static func trimmed(_ text: Substring) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == Byte.space || $0 == Byte.tab }
        let start = text.utf8.drop(while: isBlank)
        let end = start.lastIndex { !isBlank($0) }
        return end.map { String(Substring(start[...$0])) } ?? ""
    }
}
