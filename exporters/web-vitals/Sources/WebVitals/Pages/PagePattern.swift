import ExporterSDK
import StrictYAML

/// A route of a site, as its configuration names it: `/`, `/orders/:id`, `/blog/*`, `/docs/**`.
///
/// `:name`, `[name]`, `{name}` and `*` stand for one segment, `**` at the end for any number of them. The label is the
/// route as it is written.
struct PagePattern: Sendable, Hashable {
    private enum Part: Hashable {
        case text([UInt8])
        case anything
        case rest
    }

    /// The label of the pages that match.
    let label: String
    private let parts: [Part]

    init?(_ text: String) {
        guard text.hasPrefix("/"), text.utf8.count <= PageNormalizer.bytesMax else { return nil }
        label = text
        var parts: [Part] = []
        for segment in Bytes(text).pieces(between: "/") where !segment.isEmpty {
            if parts.last == .rest { return nil }
            if segment == "**" {
                parts.append(.rest)
            } else if PageSegment.isPlaceholder(segment) {
                parts.append(.anything)
            } else {
                parts.append(.text(Array(segment)))
            }
        }
        self.parts = parts
    }

    /// Whether a path, decoded, is one of this route, or the route itself as a template.
    func matches(_ path: Bytes) -> Bool {
        var parts = parts[...]
        for segment in path.pieces(between: "/") where !segment.isEmpty {
            switch parts.first {
            case .rest: return true
            case .anything: break
            case .text(let text): if !segment.elementsEqual(text) { return false }
            case nil: return false
            }
            parts.removeFirst()
        }
        return parts.isEmpty || parts.first == .rest
    }
}

extension PagePattern: ConfigurationValue {
    init(_ node: YAMLNode) throws(ConfigurationError) {
        let text = try node.scalar("a route such as /orders/:id")
        guard let pattern = Self(text) else {
            throw node.error("\"\(text)\" is no route such as /orders/:id; ** may only be its end")
        }
        self = pattern
    }
}
