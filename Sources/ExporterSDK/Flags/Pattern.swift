import CPCRE2

/// A regular expression as the peers' flags take it (RE2's syntax, searched for anywhere in the text).
///
/// PCRE2 understands what RE2 does; its match limit stands in for RE2's promise of linear time, so that a pattern that
/// explodes counts as no match instead of hanging a scrape. The corresponding C functions are `pcre2_compile` and
/// `pcre2_match`; see pcre2pattern(3).
public final class Pattern: Sendable {
    /// The pattern as it was given.
    public let source: String

    private let code: Compiled

    /// `pcre2_code` is not changed by matching and may be shared between threads, says pcre2api(3).
    private struct Compiled: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    /// Compiles a pattern; throws what is wrong with it and where.
    public init(_ source: String) throws(UsageError) {
        self.source = source
        var code: Int32 = 0
        var offset = 0
        let bytes = Array(source.utf8)
        // RE2's `$` is the end of the text, never the newline before it.
        let options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY
        let compiled = pcre2_compile_8(bytes, bytes.count, options, &code, &offset, nil)
        guard let compiled else {
            throw UsageError("bad pattern \"\(source)\" at character \(offset): \(Self.message(code))")
        }
        self.code = Compiled(pointer: compiled)
    }

    deinit { pcre2_code_free_8(code.pointer) }

    /// Whether the pattern is found anywhere in these bytes.
    public func matches(_ bytes: Bytes) -> Bool {
        let context = pcre2_match_context_create_8(nil)
        let match = pcre2_match_data_create_8(1, nil)
        defer {
            pcre2_match_data_free_8(match)
            pcre2_match_context_free_8(context)
        }
        pcre2_set_match_limit_8(context, 100_000)
        let result = bytes.withUnsafeBufferPointer { buffer in
            var empty: UInt8 = 0
            return withUnsafePointer(to: &empty) { none in
                pcre2_match_8(code.pointer, buffer.baseAddress ?? none, buffer.count, 0, 0, match, context)
            }
        }
        return result >= 0
    }

    private static func message(_ code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(code, &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer[..<Int(length)], as: UTF8.self) : "error \(code)"
    }
}

extension Pattern: FlagValue {
    public static func parse(_ texts: [String]) throws(UsageError) -> Self { try Self(texts.last ?? "") }
    public var flagText: String { source }
}
