/// Reads an exposition line by line and word by word: what the two text formats have in common.
///
/// All reading stays within the current line, so that an error is always told where it is, and every byte is looked
/// at a bounded number of times.
struct LineCursor {
    private let bytes: [UInt8]
    private let maxLabels: Int
    private let allowsQuotedNames: Bool
    private var line = 0
    private var lineStart = 0
    /// The index of the line feed that ends the current line.
    private var lineEnd = 0
    private var nextLineStart = 0
    private var index = 0

    /// A cursor before the first line of these bytes, once they are known to be UTF-8 and not too many.
    init(_ bytes: [UInt8], limits: ParseLimits, allowsQuotedNames: Bool) throws(ParseError) {
        self.bytes = bytes
        self.allowsQuotedNames = allowsQuotedNames
        maxLabels = limits.labels
        guard bytes.count <= limits.bytes else {
            throw place.error("the input has \(bytes.count) bytes: keep it within \(limits.bytes)")
        }
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let offset = error.byteOffsets.lowerBound
            let before = bytes[..<offset]
            let lineStart = (before.lastIndex(of: Byte.lineFeed) ?? -1) + 1
            let line = before.count { $0 == Byte.lineFeed } + 1
            throw Place(line: line, column: offset - lineStart + 1)
                .error("invalid UTF-8: write the text in UTF-8, or replace what cannot be")
        }
    }

    // MARK: Lines

    /// Goes to the next line; false after the last one.
    mutating func nextLine() throws(ParseError) -> Bool {
        guard nextLineStart < bytes.count else { return false }
        line += 1
        lineStart = nextLineStart
        index = lineStart
        guard let end = bytes[lineStart...].firstIndex(of: Byte.lineFeed) else {
            index = bytes.count
            throw place.error("the last line does not end: put a line feed after it")
        }
        lineEnd = end
        nextLineStart = end + 1
        if end > lineStart, bytes[end - 1] == Byte.carriageReturn {
            index = end - 1
            throw place.error("the line ends in CR LF: end lines in LF alone")
        }
        return true
    }

    /// Where the next byte is.
    var place: Place { Place(line: max(line, 1), column: index - lineStart + 1) }

    /// The next byte of the line; nil at its end.
    var next: UInt8? { index < lineEnd ? bytes[index] : nil }

    /// An error that tells what stands here instead of what was expected.
    func unexpected(expected: String) -> ParseError { place.error("expected \(expected), found \(found)") }

    private var found: String {
        guard let next else { return "the end of the line" }
        switch next {
        case Byte.space: return "a blank"
        case Byte.tab: return "a tab"
        case 0x21...0x7E: return "'\(Unicode.Scalar(next))'"
        default: return "byte 0x" + String(next, radix: 16, uppercase: true)
        }
    }

    // MARK: Words

    /// Passes this byte if it is next, and says whether it was.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index += 1
        return true
    }

    /// Passes this byte or fails.
    mutating func expect(_ byte: UInt8, _ expected: String) throws(ParseError) {
        guard take(byte) else { throw unexpected(expected: expected) }
    }

    /// Passes all blanks and tabs.
    mutating func skipBlanks() {
        while let next, next == Byte.space || next == Byte.tab { index += 1 }
    }

    /// The bytes up to the next blank, tab or end of the line.
    mutating func word() -> String {
        let start = index
        while let next, next != Byte.space, next != Byte.tab { index += 1 }
        return text(from: start)
    }

    /// A metric's name in a line of metadata, where one that is not plain may stand in quotes.
    mutating func familyName() throws(ParseError) -> String {
        guard allowsQuotedNames, next == Byte.quote else { return try metricName() }
        return try quotedName()
    }

    /// A name in quotes: any UTF-8, but not nothing.
    private mutating func quotedName() throws(ParseError) -> String {
        let start = place
        let name = try quoted()
        guard !name.isEmpty else { throw start.error("an empty name: write at least one character") }
        return name
    }

    /// A sample's name and labels. A name that is not plain stands in quotes, first within the braces.
    mutating func nameAndLabels(_ style: LabelStyle) throws(ParseError) -> (String, [ParsedSample.Label]) {
        guard allowsQuotedNames, next == Byte.openBrace else {
            let name = try metricName()
            if style == .loose { skipBlanks() }
            return (name, try labels(style))
        }
        try expect(Byte.openBrace, "'{'")
        if style == .loose { skipBlanks() }
        guard next == Byte.quote else { throw unexpected(expected: "the metric's name in quotes") }
        let name = try quotedName()
        if style == .loose { skipBlanks() }
        if take(Byte.closeBrace) { return (name, []) }
        try expect(Byte.comma, "',' or '}' after the name")
        return (name, try labelsBehindBrace(style))
    }

    /// A metric's name: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    mutating func metricName() throws(ParseError) -> String {
        let start = index
        while let next, Byte.isNameByte(next, isFirst: index == start) || next == Byte.colon { index += 1 }
        guard index > start else {
            throw unexpected(expected: "a metric name: letters, digits, '_' and ':', no digit first")
        }
        return text(from: start)
    }

    /// A finite or infinite number, or NaN, up to the next blank.
    mutating func number(_ what: String) throws(ParseError) -> Double {
        let start = place
        guard let next, next != Byte.space, next != Byte.tab else { throw unexpected(expected: what) }
        let word = word()
        guard let number = Double(expositionNumber: word) else {
            throw start.error(
                "\(what) \(shown(word)) is no number: write decimal digits such as 12.5 or 1e+06, +Inf, -Inf or NaN"
            )
        }
        return number
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<index], as: UTF8.self) }
}

// MARK: - Labels and escapes

extension LineCursor {
    /// What a format allows between braces.
    enum LabelStyle {
        /// Blanks around every part, and a comma after the last label: text format 0.0.4.
        case loose
        /// Neither: OpenMetrics.
        case tight
    }

    /// The labels between braces; none where no brace is next.
    mutating func labels(_ style: LabelStyle) throws(ParseError) -> [ParsedSample.Label] {
        guard take(Byte.openBrace) else { return [] }
        return try labelsBehindBrace(style)
    }

    private mutating func labelsBehindBrace(_ style: LabelStyle) throws(ParseError) -> [ParsedSample.Label] {
        var labels: [ParsedSample.Label] = []
        while true {
            if style == .loose { skipBlanks() }
            if labels.isEmpty || style == .loose, take(Byte.closeBrace) { return labels }
            guard labels.count < maxLabels else { throw place.error("more than \(maxLabels) labels: write fewer") }
            let start = place
            let label = try label(style)
            guard !labels.contains(where: { $0.name.isSame(as: label.name) }) else {
                throw start.error("a second label \(shown(label.name)): write each label once")
            }
            labels.append(label)
            if style == .loose { skipBlanks() }
            if take(Byte.closeBrace) { return labels }
            try expect(Byte.comma, "',' or '}' after a label")
        }
    }

    private mutating func label(_ style: LabelStyle) throws(ParseError) -> ParsedSample.Label {
        let start = place
        let name = allowsQuotedNames && next == Byte.quote ? try quotedName() : try labelName()
        guard name != "__name__" else {
            throw start.error("the label __name__ is reserved: write the name before the braces")
        }
        if style == .loose { skipBlanks() }
        try expect(Byte.equals, "'=' after the label name \(shown(name))")
        if style == .loose { skipBlanks() }
        let value = try quoted()
        return ParsedSample.Label(name, value)
    }

    private mutating func labelName() throws(ParseError) -> String {
        let start = index
        while let next, Byte.isNameByte(next, isFirst: index == start) { index += 1 }
        guard index > start else {
            throw unexpected(expected: "a label name: letters, digits and '_', no digit first")
        }
        return text(from: start)
    }

    /// A value in quotes, unescaped.
    private mutating func quoted() throws(ParseError) -> String {
        let start = place
        try expect(Byte.quote, "'\"' before a label value")
        var value: [UInt8] = []
        while let byte = next {
            switch byte {
            case Byte.quote:
                index += 1
                return String(decoding: value, as: UTF8.self)
            case Byte.backslash: value.append(try escaped(quotes: true))
            default:
                index += 1
                value.append(byte)
            }
        }
        throw start.error("the label value does not end in this line: close its quote, and write a line feed as \\n")
    }

    /// The rest of the line, unescaped.
    ///
    /// - Parameter quotes: Whether quotes are escaped too, as in OpenMetrics.
    mutating func help(quotes: Bool) throws(ParseError) -> String {
        var help: [UInt8] = []
        while let byte = next {
            switch byte {
            case Byte.quote where quotes:
                throw place.error("a quote in the help text: write it as \\\"")
            case Byte.backslash: help.append(try escaped(quotes: quotes))
            default:
                index += 1
                help.append(byte)
            }
        }
        return String(decoding: help, as: UTF8.self)
    }

    private mutating func escaped(quotes: Bool) throws(ParseError) -> UInt8 {
        let start = place
        index += 1
        let byte: UInt8? =
            switch next {
            case Byte.backslash: Byte.backslash
            case Byte.n: Byte.lineFeed
            case Byte.quote where quotes: Byte.quote
            default: nil
            }
        guard let byte else {
            throw start.error(
                "an escape other than \(quotes ? "\\\\, \\n and \\\"" : "\\\\ and \\n"): write \\ as \\\\"
            )
        }
        index += 1
        return byte
    }
}
