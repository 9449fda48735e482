/// Reads Prometheus text format 0.0.4, and 1.0.0 where it is told to.
///
/// It takes what the format's description allows, and of that only what every reader of the format understands alike.
/// So these are errors here although a Prometheus server lets some of them pass: a last line that does not end, a blank
/// at either end of a line, an escape other than `\\`, `\"` and `\n`, a second TYPE or HELP line, metadata after samples,
/// families that are not in one piece, samples that do not fit the family's type, and a family named like a sample of
/// another one.
/// Two samples of one series are no error here; `lint` finds them. Files that people write by hand or with `echo` are
/// read with `allowsDisorder`, as every other reader lets pass what that lets pass.
///
/// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
public struct TextParser {
    private var cursor: LineCursor
    private var families: FamilyAssembler
    private let allowsDisorder: Bool

    /// The families of this text, which may come from anyone: whatever it holds, the answer is these or an error.
    ///
    /// Time and memory grow linearly with the input. An empty input has no families. A family that has metadata but no
    /// samples is one of them; a histogram's or summary's samples belong to the family that its TYPE line names.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - limits: How much is taken.
    ///   - allowsDisorder: Whether lines may begin with blanks, and samples of a family stand between those of others.
    ///   - allowsQuotedNames: Whether it is text format 1.0.0, where names that are not plain stand in quotes.
    /// - Throws: What is wrong with the first line that is.
    public static func parse(
        _ bytes: [UInt8],
        limits: ParseLimits = ParseLimits(),
        allowsDisorder: Bool = false,
        allowsQuotedNames: Bool = false
    ) throws(ParseError) -> ParsedExposition {
        let cursor = try LineCursor(bytes, limits: limits, allowsQuotedNames: allowsQuotedNames)
        var parser = TextParser(cursor, limits, allowsDisorder: allowsDisorder)
        while try parser.cursor.nextLine() { try parser.line() }
        return ParsedExposition(families: parser.families.families)
    }

    private init(_ cursor: LineCursor, _ limits: ParseLimits, allowsDisorder: Bool) {
        self.cursor = cursor
        families = FamilyAssembler(.text, limits: limits, allowsPieces: allowsDisorder)
        self.allowsDisorder = allowsDisorder
    }

    private mutating func line() throws(ParseError) {
        if allowsDisorder { cursor.skipBlanks() }
        switch cursor.next {
        case nil: return
        case Byte.hash: try comment()
        case Byte.space, Byte.tab: throw cursor.place.error("the line starts with a blank: start it with the name")
        default: try sample()
        }
    }

    /// A line after `#`: only TYPE and HELP mean something, all else is for people.
    private mutating func comment() throws(ParseError) {
        try cursor.expect(Byte.hash, "'#'")
        cursor.skipBlanks()
        let keyword = cursor.word()
        guard keyword == "TYPE" || keyword == "HELP" else { return }
        cursor.skipBlanks()
        let place = cursor.place
        let name = try cursor.familyName()
        if let next = cursor.next, next != Byte.space, next != Byte.tab {
            throw cursor.unexpected(expected: "a blank after the name \(shown(name))")
        }
        cursor.skipBlanks()
        if keyword == "TYPE" {
            try families.setType(try type(), of: name, at: place)
        } else {
            try families.setHelp(try cursor.help(quotes: false), of: name, at: place)
        }
    }

    private mutating func type() throws(ParseError) -> MetricType {
        let place = cursor.place
        let type: MetricType
        switch cursor.word() {
        case "counter": type = .counter
        case "gauge": type = .gauge
        case "histogram": type = .histogram
        case "summary": type = .summary
        case "untyped": type = .untyped
        case let word:
            throw place.error("no type \(shown(word)): write counter, gauge, histogram, summary or untyped")
        }
        try end("the end of the line after the type")
        return type
    }

    private mutating func sample() throws(ParseError) {
        let place = cursor.place
        let (name, labels) = try cursor.nameAndLabels(.loose)
        cursor.skipBlanks()
        let value = try cursor.number("the value")
        let timestamp = try timestamp()
        try families.add(ParsedSample(name: name, labels: labels, value: value, timestamp: timestamp), at: place)
    }

    private mutating func timestamp() throws(ParseError) -> Int64? {
        guard cursor.next != nil else { return nil }
        cursor.skipBlanks()
        guard let first = cursor.next else { throw cursor.place.error("the line ends in a blank: leave it out") }
        guard first != Byte.hash else {
            throw cursor.place.error("text format 0.0.4 has no exemplars and no comments after a sample: leave it out")
        }
        let place = cursor.place
        let word = cursor.word()
        guard let timestamp = Int64(word) else {
            throw place.error("the timestamp \(shown(word)) is no 64-bit integer: write milliseconds since 1970")
        }
        guard first != Byte.minus else {
            throw place.error("the timestamp \(shown(word)) is negative: write milliseconds since 1970")
        }
        try end("the end of the line after the timestamp")
        return timestamp
    }

    private func end(_ expected: String) throws(ParseError) {
        guard cursor.next == nil else { throw cursor.unexpected(expected: expected) }
    }
}
