/// What a body is said to be, as far as it matters: nearly every beacon is JSON, whatever its type says.
enum BodyKind: Equatable {
    case json, form, multipart

    init(contentType: String) {
        // Text is what browsers say of JSON, so most have been seen by their first letter.
        switch contentType.utf8.first {
        case UInt8(ascii: "a"), UInt8(ascii: "A"), UInt8(ascii: "m"), UInt8(ascii: "M"): break
        default:
            self = .json
            return
        }
        let type = contentType.lowercased()
        if type.hasPrefix("application/x-www-form-urlencoded") {
            self = .form
        } else if type.hasPrefix("multipart/") {
            self = .multipart
        } else {
            self = .json
        }
    }
}
