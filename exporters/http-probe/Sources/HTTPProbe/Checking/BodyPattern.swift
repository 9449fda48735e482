import CPCRE2

/// A pattern for what servers send, in RE2's dialect as PCRE2 understands it: what RE2 has not, is refused.
///
/// A server can't make it run long: beyond its limits the search gives up, and that fails the probe. The corresponding C
/// functions are `pcre2_compile` and `pcre2_match`.
final class BodyPattern: Sendable {
    enum Finding: Sendable, Equatable {
        /// With the first group, or the whole where there is no group.
        case found(String)
        case notFound
        /// The search would have taken too long.
        case gaveUp
    }

    /// What is wrong with a text.
    struct Problem: Error {
        let message: String
    }

    let source: String
    private let code: Compiled

    /// `pcre2_code` is not changed by matching and may be shared between threads, says pcre2api(3).
    private struct Compiled: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    /// Some ten milliseconds of search.
    private static let matchLimit: UInt32 = 2_000_000
    private static let heapKibibytes: UInt32 = 4096

    private init(_ source: String, _ pointer: OpaquePointer) {
        self.source = source
        code = Compiled(pointer: pointer)
    }

    deinit { pcre2_code_free_8(code.pointer) }

    /// Compiles a pattern.
    static func compile(_ source: String) -> Result<BodyPattern, Problem> {
        if let foreign = foreignConstruct(in: source) {
            return .failure(Problem(message: "\(foreign) is not in the syntax of RE2"))
        }
        var code: Int32 = 0
        var offset = 0
        let bytes = Array(source.utf8)
        let options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY
        guard let pointer = pcre2_compile_8(bytes, bytes.count, options, &code, &offset, nil) else {
            var text = [UInt8](repeating: 0, count: 256)
            let length = pcre2_get_error_message_8(code, &text, text.count)
            let message = length > 0 ? String(decoding: text[..<Int(length)], as: UTF8.self) : "error \(code)"
            return .failure(Problem(message: "\(message), at character \(offset)"))
        }
        return .success(BodyPattern(source, pointer))
    }

    /// Looks for the pattern anywhere in these bytes.
    func search(_ bytes: [UInt8]) -> Finding {
        guard let context = pcre2_match_context_create_8(nil),
            let match = pcre2_match_data_create_from_pattern_8(code.pointer, nil)
        else { return .gaveUp }
        defer {
            pcre2_match_data_free_8(match)
            pcre2_match_context_free_8(context)
        }
        pcre2_set_match_limit_8(context, Self.matchLimit)
        pcre2_set_heap_limit_8(context, Self.heapKibibytes)
        let result = bytes.withUnsafeBufferPointer { buffer in
            var empty: UInt8 = 0
            return withUnsafePointer(to: &empty) { none in
                pcre2_match_8(code.pointer, buffer.baseAddress ?? none, buffer.count, 0, 0, match, context)
            }
        }
        if result == PCRE2_ERROR_NOMATCH { return .notFound }
        guard result > 0, let ends = pcre2_get_ovector_pointer_8(match) else { return .gaveUp }
        let group = result > 1 && ends[2] <= ends[3] && ends[3] <= bytes.count ? 1 : 0
        return .found(String(decoding: bytes[ends[2 * group]..<ends[2 * group + 1]], as: UTF8.self))
    }

    func search(_ text: String) -> Finding { search(Array(text.utf8)) }

    /// Look-around, references back, possessive and atomic groups: what no linear search can do.
    private static func foreignConstruct(in source: String) -> String? {
        let bytes = Array(source.utf8)
        var index = 0
        var isInClass = false
        while index < bytes.count {
            let rest = bytes[index...]
            switch bytes[index] {
            case UInt8(ascii: "\\"):
                if !isInClass, let next = rest.dropFirst().first {
                    if (49...57).contains(next) { return "a reference back" }
                    if "kgKGR".utf8.contains(next) { return "\\\(Character(UnicodeScalar(next)))" }
                }
                index += 1
            case UInt8(ascii: "["): isInClass = true
            case UInt8(ascii: "]"): isInClass = false
            case UInt8(ascii: "(") where !isInClass:
                for word in ["(?=", "(?!", "(?<=", "(?<!", "(?>", "(?(", "(?|", "(?R", "(?&", "(?#", "(*"] {
                    if rest.starts(with: word.utf8) { return word }
                }
            default: break
            }
            index += 1
        }
        return nil
    }
}
