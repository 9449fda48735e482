// Escaping is done here and nowhere else: what goes through these functions can't break out of its quotes or line.

extension [UInt8] {
    /// Appends bytes that stay where they are: `append(contentsOf:)` takes its argument over, and counts a reference.
    mutating func append(copyOf bytes: borrowing [UInt8]) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends the text of a HELP line. A carriage return at its end is left out, as it would be taken for the line's.
    mutating func appendHelp(_ help: String, quotes: Bool) {
        appendEscaped(help, quotes: quotes)
        while last == Byte.carriageReturn { removeLast() }
    }

    /// Appends text with `\` and newline escaped, and quotes where that is asked for.
    mutating func appendEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 { appendEscaped(byte, quotes: quotes) }
    }

    /// Appends a label's name, in quotes where it is not plain.
    mutating func appendQuotedIfNeeded(label name: String) {
        guard !EscapingScheme.isPlainLabel(name.utf8) else {
            append(name)
            return
        }
        append(Byte.quote)
        appendEscaped(name, quotes: true)
        append(Byte.quote)
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

    /// Appends a label's value as it is, cut and put right as ``appendEscaped(_:limit:)`` does.
    mutating func append(_ value: LabelValue, limit: Int) -> Int {
        switch value {
        case .text(var text):
            text.makeContiguousUTF8()
            text.utf8.withContiguousStorageIfAvailable { append(contentsOf: Self.cut($0, limit)) }
            return 0
        case .bytes(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
            _ = append(.text(text), limit: limit)
            return text.utf8.elementsEqual(bytes) ? 0 : 1
        }
    }

    /// At most `limit` bytes, cut between characters.
    private static func cut(_ bytes: UnsafeBufferPointer<UInt8>, _ limit: Int) -> UnsafeBufferPointer<UInt8> {
        guard bytes.count > limit else { return bytes }
        var end = limit
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return UnsafeBufferPointer(rebasing: bytes[..<end])
    }

    private mutating func appendEscapedUTF8(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) {
        let kept = Self.cut(bytes, limit)
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

    /// What an escaped text stands for.
    init(unescaping bytes: some RandomAccessCollection<UInt8>) {
        self.init()
        appendUnescaped(bytes)
    }

    /// Appends what an escaped text stands for.
    mutating func appendUnescaped(_ bytes: some RandomAccessCollection<UInt8>) {
        guard bytes.contains(Byte.backslash) else {
            append(contentsOf: bytes)
            return
        }
        var isEscaped = false
        for byte in bytes {
            if !isEscaped, byte == Byte.backslash {
                isEscaped = true
            } else {
                append(isEscaped && byte == Byte.n ? Byte.lineFeed : byte)
                isEscaped = false
            }
        }
        // One that escapes nothing.
        if isEscaped { append(Byte.backslash) }
    }
}
