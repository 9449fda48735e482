import ExporterSDK

/// What makes a text no JSON, or more of it than is read.
enum JSONError: Error, Equatable {
    /// It is not what RFC 8259 calls JSON.
    case syntax
    /// More containers in one another than ``JSONReader/depthMax``.
    case depth
}

/// Reads JSON from bytes as it is asked for, a value at a time, in one pass and without recursion.
///
/// Who reads says what should come; what is something else is passed over and comes back as nil, so that a wrong type
/// in one field costs that field. What is no JSON throws. Nothing is kept but the place and the depth.
///
/// ```swift
/// try JSONReader.read(body) { reader in
///     guard try reader.beginObject() else { return }
///     while let key = try reader.nextKey() {
///         switch key {
///         case "name": name = try reader.text()
///         default: try reader.skip()
///         }
///     }
/// }
/// ```
struct JSONReader {
    /// Containers in one another: browsers send seven.
    static let depthMax = 32

    /// What kind of value stands next.
    enum Kind {
        case object, array, text, number, bool, null
    }

    /// What texts are slices of.
    private let body: Bytes
    /// The same, good while it is being read: a slice for each step would be counted.
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    private var depth = 0
    /// Whether nothing of the innermost container was read yet, so that no comma is due.
    private var isFirst = false

    private init(_ body: Bytes, _ bytes: UnsafeBufferPointer<UInt8>) {
        self.body = body
        self.bytes = bytes
    }

    /// Reads a body from its beginning. The reader, its copies and the keys that it returns are good until that ends.
    static func read<Result>(
        _ body: Bytes,
        _ read: (inout JSONReader) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        try body.withUnsafeBufferPointer { bytes throws(JSONError) in
            var reader = JSONReader(body, bytes)
            return try read(&reader)
        }
    }

    /// Whether nothing but blanks is left.
    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return index == bytes.count
        }
    }

    // MARK: Containers

    /// Goes into an object; false where something else stands here, which is passed over.
    mutating func beginObject() throws(JSONError) -> Bool { try begin(.object) }

    /// Goes into an array; false where something else stands here, which is passed over.
    mutating func beginArray() throws(JSONError) -> Bool { try begin(.array) }

    /// The next key of the object, whose value has to be read or skipped then; nil at its end.
    mutating func nextKey() throws(JSONError) -> JSONKey? {
        guard try hasNext(before: UInt8(ascii: "}")) else { return nil }
        let string = try string()
        try colon()
        return JSONKey(string.bytes, unescaped: string.unescaped)
    }

    /// Whether a further value of the array follows, which has to be read or skipped then.
    mutating func hasNext() throws(JSONError) -> Bool { try hasNext(before: UInt8(ascii: "]")) }

    private mutating func begin(_ wanted: Kind) throws(JSONError) -> Bool {
        guard try kind() == wanted else {
            try skip()
            return false
        }
        try enter()
        return true
    }

    private mutating func enter() throws(JSONError) {
        guard depth < Self.depthMax else { throw .depth }
        depth += 1
        index += 1
        isFirst = true
    }

    private mutating func hasNext(before close: UInt8) throws(JSONError) -> Bool {
        let byte = try nextByte()
        if byte == close {
            index += 1
            depth -= 1
            isFirst = false
            return false
        }
        if !isFirst {
            guard byte == UInt8(ascii: ",") else { throw .syntax }
            index += 1
            _ = try nextByte()
        }
        isFirst = false
        return true
    }

    private mutating func colon() throws(JSONError) {
        guard try nextByte() == UInt8(ascii: ":") else { throw .syntax }
        index += 1
    }

    // MARK: Values

    /// What stands next.
    mutating func kind() throws(JSONError) -> Kind {
        switch try nextByte() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .text
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw .syntax
        }
    }

    /// Text, without its escapes; nil where something else stands here, which is passed over.
    mutating func text() throws(JSONError) -> Bytes? {
        guard try kind() == .text else {
            try skip()
            return nil
        }
        let string = try string()
        if let text = string.unescaped { return text[...] }
        let start = body.startIndex + index - 1 - string.bytes.count
        return body[start..<start + string.bytes.count]
    }

    /// True or false; nil where something else stands here, which is passed over.
    mutating func bool() throws(JSONError) -> Bool? {
        guard try kind() == .bool else {
            try skip()
            return nil
        }
        let isTrue = bytes[index] == UInt8(ascii: "t")
        try word(isTrue ? "true" : "false")
        return isTrue
    }

    /// A number, or why there is none; what else stands here is passed over.
    mutating func number() throws(JSONError) -> JSONNumber {
        switch try kind() {
        case .number: return JSONNumber(try numberText())
        case .null:
            try word("null")
            return .null
        case .object, .array, .text, .bool:
            try skip()
            return .otherKind
        }
    }

    /// Passes over a value, whatever it is, and checks that it is one.
    mutating func skip() throws(JSONError) {
        let outerDepth = depth
        // Of each container that was entered, the innermost last, whether it is an object.
        var areObjects: UInt64 = 0
        repeat {
            switch try kind() {
            case .object, .array:
                areObjects = areObjects << 1 | (bytes[index] == UInt8(ascii: "{") ? 1 : 0)
                try enter()
            case .text: _ = try string()
            case .number: _ = try numberText()
            case .bool: try word(bytes[index] == UInt8(ascii: "t") ? "true" : "false")
            case .null: try word("null")
            }
            // To where the next value begins, out of all containers that end before it.
            while depth > outerDepth {
                if areObjects & 1 == 0 {
                    if try hasNext() { break }
                } else if try hasNext(before: UInt8(ascii: "}")) {
                    _ = try string()
                    try colon()
                    break
                }
                areObjects >>= 1
            }
        } while depth > outerDepth
    }

    // MARK: Pieces

    private mutating func skipBlanks() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    /// The byte that stands next, after blanks.
    private mutating func nextByte() throws(JSONError) -> UInt8 {
        skipBlanks()
        guard index < bytes.count else { throw .syntax }
        return bytes[index]
    }

    private mutating func word(_ word: StaticString) throws(JSONError) {
        let end = index + word.utf8CodeUnitCount
        guard end <= bytes.count, UnsafeBufferPointer(rebasing: bytes[index..<end]) == word else { throw .syntax }
        index = end
    }

    /// What stands between two quotes, and the same without its escapes where it has some.
    private mutating func string() throws(JSONError) -> (bytes: UnsafeBufferPointer<UInt8>, unescaped: [UInt8]?) {
        guard try nextByte() == UInt8(ascii: "\"") else { throw .syntax }
        let start = index + 1
        guard let end = JSONText.end(of: bytes, from: start) else { throw .syntax }
        index = end.index + 1
        let raw = UnsafeBufferPointer(rebasing: bytes[start..<end.index])
        guard end.hasEscapes else { return (raw, nil) }
        guard let text = JSONText.unescaped(raw) else { throw .syntax }
        return (raw, text)
    }

    /// The characters of a number: `-? (0 | 1-9 0-9*) (. 0-9+)? ([eE] [+-]? 0-9+)?`
    private mutating func numberText() throws(JSONError) -> UnsafeBufferPointer<UInt8> {
        let start = index
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        let first = peek()
        let whole = skipDigits()
        guard whole > 0, whole == 1 || first != UInt8(ascii: "0") else { throw .syntax }
        if peek() == UInt8(ascii: ".") {
            index += 1
            guard skipDigits() > 0 else { throw .syntax }
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            index += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { index += 1 }
            guard skipDigits() > 0 else { throw .syntax }
        }
        return UnsafeBufferPointer(rebasing: bytes[start..<index])
    }

    private func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    /// How many digits stood here.
    private mutating func skipDigits() -> Int {
        let start = index
        while let byte = peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { index += 1 }
        return index - start
    }
}

/// Lets a text be looked at by `switch`.
func ~= (pattern: StaticString, bytes: Bytes) -> Bool { bytes == pattern }
