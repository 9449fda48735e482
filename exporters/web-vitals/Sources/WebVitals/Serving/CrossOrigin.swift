import ExporterSDK

/// What a browser wants to hear before it lets a page of one origin talk to another.
///
/// A `sendBeacon` of JSON asks first, sends credentials, and loses its beacon silently where the answer is `*`. SDKs add
/// headers with each version, so those that are asked for are allowed as they come: none of them means anything here.
enum CrossOrigin {
    /// Header names that are echoed, in bytes.
    private static let headersMax = 1024

    /// What `Sec-Fetch-Mode` says where no page gets to see the answer, as with text, so that nothing has to be allowed.
    static let opaque = "no-cors"

    /// The headers of an answer to a page of this origin. `mode` is what `Sec-Fetch-Mode` says.
    static func headers(for origin: String, mode: String? = nil) -> [(name: String, value: String)] {
        guard mode != opaque else {
            return [("Timing-Allow-Origin", "*"), ("Cross-Origin-Resource-Policy", "cross-origin")]
        }
        return [
            ("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true"), ("Vary", "Origin"),
            ("Timing-Allow-Origin", "*"), ("Cross-Origin-Resource-Policy", "cross-origin"),
        ]
    }

    /// The headers of the answer to its question what it may send.
    static func preflightHeaders(for origin: String, asked: [String]) -> [(name: String, value: String)] {
        var headers = headers(for: origin)
        headers.append(("Access-Control-Allow-Methods", "POST, GET, OPTIONS"))
        headers.append(("Access-Control-Max-Age", "7200"))
        let names = asked.joined(separator: ",")
        if !names.isEmpty, names.utf8.count <= headersMax, names.utf8.allSatisfy(isNameOrSeparator) {
            headers.append(("Access-Control-Allow-Headers", names))
        }
        return headers
    }

    /// A character of a header's name, RFC 9110 5.6.2, or between two of them.
    private static func isNameOrSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_,. !#$%&'*+^`|~".utf8.contains(byte)
        }
    }
}
