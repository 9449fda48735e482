/// Reads OpenMetrics text format 1.0.0, to the letter of its grammar.
///
/// Stricter than the servers that read it: one blank between parts, nothing else between lines, `# EOF` at the end and
/// in full. Of the rules beyond the grammar it holds samples to their family's type, values to what the type allows,
/// units to the name, exemplars to where they may be and to 128 characters, and families to one piece each.
/// It does not look at how samples of one series relate to each other, such as the order of a histogram's buckets.
/// It does not read `gaugehistogram`, which `MetricType` lacks.
///
/// <https://prometheus.io/docs/specs/om/open_metrics_spec/>
public struct OpenMetricsParser {
    private var cursor: LineCursor
    private var families: FamilyAssembler
    private var isEnded = false

    /// The families of this text, which may come from anyone: whatever it holds, the answer is these or an error.
    ///
    /// Time and memory grow linearly with the input. Families are named as their TYPE line names them, so a counter
    /// without `_total` and an info without `_info`; samples keep their full names. Timestamps, which are seconds in
    /// the text, are rounded to milliseconds.
    ///
    /// - Throws: What is wrong with the first line that is.
    public static func parse(
        _ bytes: [UInt8],
        limits: ParseLimits = ParseLimits()
    ) throws(ParseError) -> ParsedExposition {
        var parser = OpenMetricsParser(
            cursor: try LineCursor(bytes, limits: limits, allowsQuotedNames: true),
            limits: limits
        )
        while try parser.cursor.nextLine() { try parser.line() }
        guard parser.isEnded else {
            throw parser.cursor.place.error("the input does not end in # EOF: it is cut off, or write that line")
        }
        return ParsedExposition(families: parser.families.families)
    }

    private init(cursor: LineCursor, limits: ParseLimits) {
        self.cursor = cursor
        families = FamilyAssembler(.openMetrics, limits: limits)
    }

    private mutating func line() throws(ParseError) {
        guard !isEnded else { throw cursor.place.error("a line after # EOF: end the input there") }
        switch cursor.next {
        case nil: throw cursor.place.error("an empty line: leave it out")
        case Byte.hash: try directive()
        default: try sample()
        }
    }

    // MARK: Metadata

    private mutating func directive() throws(ParseError) {
        try cursor.expect(Byte.hash, "'#'")
        try cursor.expect(Byte.space, "one blank after '#'")
        let place = cursor.place
        let keyword = cursor.word()
        switch keyword {
        case "EOF":
            guard cursor.next == nil else { throw cursor.unexpected(expected: "the end of the line after # EOF") }
            isEnded = true
        case "TYPE", "HELP", "UNIT":
            try metadata(keyword)
        default:
            throw place.error("a comment: write only # TYPE, # HELP, # UNIT and # EOF, each with single blanks")
        }
    }

    private mutating func metadata(_ keyword: String) throws(ParseError) {
        try cursor.expect(Byte.space, "one blank after \(keyword)")
        let place = cursor.place
        let name = try cursor.familyName()
        try cursor.expect(Byte.space, "one blank after the name \(shown(name))")
        switch keyword {
        case "TYPE": try families.setType(try type(), of: name, at: place)
        case "HELP": try families.setHelp(try cursor.help(quotes: true), of: name, at: place)
        default: try families.setUnit(try unit(), of: name, at: place)
        }
    }

    private mutating func type() throws(ParseError) -> MetricType {
        let place = cursor.place
        let word = cursor.word()
        guard word != "gaugehistogram" else { throw place.error("gaugehistogram is not read here: leave it out") }
        guard let type = MetricType.allCases.first(where: { "\($0.openMetricsName)" == word }) else {
            let words = MetricType.allCases.map { "\($0.openMetricsName)" }.joined(separator: ", ")
            throw place.error("no type \(shown(word)): write one of \(words)")
        }
        guard cursor.next == nil else { throw cursor.unexpected(expected: "the end of the line after the type") }
        return type
    }

    private mutating func unit() throws(ParseError) -> String {
        let place = cursor.place
        let unit = cursor.word()
        guard cursor.next == nil else { throw cursor.unexpected(expected: "the end of the line after the unit") }
        guard unit.utf8.allSatisfy({ Byte.isNameByte($0, isFirst: false) || $0 == Byte.colon }) else {
            throw place.error("the unit \(shown(unit)) cannot be part of a name: write letters, digits and '_'")
        }
        return unit
    }

    // MARK: Samples

    private mutating func sample() throws(ParseError) {
        let place = cursor.place
        let (name, labels) = try cursor.nameAndLabels(.tight)
        try cursor.expect(Byte.space, "one blank before the value")
        var sample = ParsedSample(name: name, labels: labels, value: try cursor.number("the value"))
        if cursor.next != nil { try timestampAndExemplar(of: &sample) }
        try families.add(sample, at: place)
    }

    private mutating func timestampAndExemplar(of sample: inout ParsedSample) throws(ParseError) {
        try cursor.expect(Byte.space, "one blank after the value")
        if cursor.next != Byte.hash {
            sample.timestamp = try timestamp()
            guard cursor.next != nil else { return }
            try cursor.expect(Byte.space, "one blank after the timestamp")
        }
        sample.exemplar = try exemplar()
    }

    private mutating func exemplar() throws(ParseError) -> ParsedSample.Exemplar {
        let place = cursor.place
        try cursor.expect(Byte.hash, "'#' before an exemplar")
        try cursor.expect(Byte.space, "one blank after '#'")
        guard cursor.next == Byte.openBrace else {
            throw cursor.unexpected(expected: "'{' before an exemplar's labels")
        }
        let labels = try cursor.labels(.tight)
        let length = labels.reduce(0) { $0 + $1.name.unicodeScalars.count + $1.value.unicodeScalars.count }
        guard length <= 128 else {
            throw place.error("the exemplar's labels have \(length) characters: keep them within 128")
        }
        try cursor.expect(Byte.space, "one blank before the exemplar's value")
        var exemplar = ParsedSample.Exemplar(labels: labels, value: try cursor.number("the exemplar's value"))
        guard cursor.next != nil else { return exemplar }
        try cursor.expect(Byte.space, "one blank after the exemplar's value")
        exemplar.timestamp = try timestamp()
        guard cursor.next == nil else { throw cursor.unexpected(expected: "the end of the line after the exemplar") }
        return exemplar
    }

    /// Seconds since 1970, as milliseconds.
    private mutating func timestamp() throws(ParseError) -> Int64 {
        let place = cursor.place
        let seconds = try cursor.number("the timestamp")
        let milliseconds = (seconds * 1000).rounded()
        // Beyond this, the nearest number of seconds is no longer exact to the millisecond.
        guard milliseconds.magnitude <= 0x1p50, let exact = Int64(exactly: milliseconds) else {
            throw place.error("the timestamp \(seconds) is out of range: write seconds since 1970")
        }
        return exact
    }
}
