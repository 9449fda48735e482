// Escaping is done here and nowhere else: what goes through these functions can't break out of its quotes or line.

extension [UInt8] {
    mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends help text (`\` and newline escaped, in OpenMetrics quotes too).
    mutating func appendEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 { appendEscaped(byte, quotes: quotes) }
    }

    /// Appends a label's value between its quotes and returns 1 where bytes in it were not UTF-8, else 0.
    ///
    /// At most `limit` bytes of the value are written, cut between characters.
    mutating func appendEscaped(_ value: LabelValue, limit: Int) -> Int {
        switch value {
        case .text(var text):
            text.makeContiguousUTF8()
            text.utf8.withContiguousStorageIfAvailable { appendEscapedUTF8($0, limit: limit) }
            return 0
        case .bytes(let bytes):
            if bytes.allSatisfy({ $0 < 0x80 }) {
                bytes.withUnsafeBufferPointer { appendEscapedUTF8($0, limit: limit) }
                return 0
            }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = appendEscaped(.text(text), limit: limit)
            return text.utf8.elementsEqual(bytes) ? 0 : 1
        }
    }

    private mutating func appendEscapedUTF8(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) {
        var end = bytes.count
        if end > limit {
            end = limit
            while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        }
        let kept = UnsafeBufferPointer(rebasing: bytes[..<end])
        if kept.allSatisfy({ $0 != Byte.backslash && $0 != Byte.quote && $0 != Byte.lineFeed }) {
            append(contentsOf: kept)
        } else {
            for byte in kept { appendEscaped(byte, quotes: true) }
        }
    }

    private mutating func appendEscaped(_ byte: UInt8, quotes: Bool) {
        switch byte {
        case Byte.backslash: append("\\\\")
        case Byte.lineFeed: append("\\n")
        case Byte.quote where quotes: append("\\\"")
        default: append(byte)
        }
    }
}
