import Exposition

/// The form of an answer, as the `Accept` header asks for it.
///
/// Prometheus' rules: the supported form with the highest `q`, the first among equals; text format 0.0.4 where nothing
/// fits. See <https://prometheus.io/docs/instrumenting/content_negotiation/>.
struct NegotiatedForm: Sendable, Hashable {
    var format: ExpositionFormat
    var escaping: Escaping = .underscores

    /// How names that are not plain ASCII would be written. All names of this project are, so these are one to us.
    enum Escaping: String, Sendable {
        case underscores
        case values
        case allowUTF8 = "allow-utf-8"
    }

    var contentType: String {
        let type =
            switch format {
            case .text: "text/plain; version=0.0.4"
            case .openMetrics: "application/openmetrics-text; version=1.0.0"
            }
        return "\(type); charset=utf-8; escaping=\(escaping.rawValue)"
    }

    init(accept: [String]) {
        self.init(format: .text)
        var best = 0.0
        for range in accept.flatMap({ $0.split(separator: ",") }).prefix(64) {
            guard let choice = HeaderChoice(range), choice.quality > best, let format = Self.format(choice) else {
                continue
            }
            best = choice.quality
            self = NegotiatedForm(format: format)
            if let name = choice.parameters["escaping"], let known = Escaping(rawValue: name) { escaping = known }
        }
    }

    private init(format: ExpositionFormat) { self.format = format }

    private static func format(_ choice: HeaderChoice) -> ExpositionFormat? {
        switch (choice.value, choice.parameters["version"]) {
        case ("application/openmetrics-text", nil), ("application/openmetrics-text", "1.0.0"),
            ("application/openmetrics-text", "0.0.1"):
            .openMetrics
        case ("text/plain", nil), ("text/plain", "0.0.4"), ("text/*", nil), ("*/*", nil): .text
        default: nil
        }
    }

    /// Whether the `Accept-Encoding` header prefers gzip to no encoding.
    static func acceptsGzip(_ acceptEncoding: [String]) -> Bool {
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
}

/// One of the things that a header such as `Accept` lists: a value with its parameters and its quality.
struct HeaderChoice {
    let value: String
    let parameters: [String: String]
    /// From 0, "not this", to 1.
    let quality: Double

    init?(_ text: Substring) {
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

    private static func trimmed(_ text: Substring) -> String { Bytes(String(text)).trimmed.text }
}
