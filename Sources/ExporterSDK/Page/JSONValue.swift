/// A value of JSON, to be written; RFC 8259. What goes into it can't break out of its quotes.
enum JSONValue {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([(String, JSONValue)])

    /// As text, also safe between the tags of a page's script: `<` is written as an escape.
    var text: String {
        switch self {
        case .null: "null"
        case .flag(let flag): flag ? "true" : "false"
        // JSON has no infinity and no NaN.
        case .number(let number): number.isFinite ? "\(number)" : "null"
        case .text(let text): text.quotedAsJSON
        case .list(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let fields):
            "{" + fields.map { $0.0.quotedAsJSON + ":" + $0.1.text }.joined(separator: ",") + "}"
        }
    }
}

extension String {
    /// As a text of JSON, in quotes that it can't break out of; nor out of a page's script.
    package var quotedAsJSON: String {
        var out = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "<", "\u{0}"..."\u{1F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
