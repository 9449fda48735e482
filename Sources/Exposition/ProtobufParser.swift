/// Reads the protobuf format: `io.prometheus.client.MetricFamily` messages, each after its length.
///
/// What it gives is what the text formats give: a histogram's and a summary's lines as samples, with the label `le` or
/// `quantile` as text format 0.0.4 writes it. Beside these, it has native histograms and the times at which counting
/// began. Stricter than protobuf's own rules: a field must be of the type that it is declared with, text must be UTF-8,
/// and what a metric has must be of its family's type. Fields that are not known are passed over.
/// It does not read gauge histograms, nor histograms whose counts are fractions.
///
/// <https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto>
public struct ProtobufParser {
    private var families: FamilyAssembler
    private let limits: ParseLimits

    /// The families of these bytes, which may come from anyone: whatever they hold, the answer is these or an error.
    ///
    /// Time and memory grow linearly with the input.
    ///
    /// - Throws: What is wrong with the first message that is; its number and the byte in it.
    public static func parse(
        _ bytes: [UInt8],
        limits: ParseLimits = ParseLimits()
    ) throws(ParseError) -> ParsedExposition {
        guard bytes.count <= limits.bytes else {
            throw ParseError(
                line: 1,
                column: 1,
                message: "the input has \(bytes.count) bytes: keep it within \(limits.bytes)"
            )
        }
        var parser = ProtobufParser(families: FamilyAssembler(.protobuf, limits: limits), limits: limits)
        var cursor = ProtobufCursor(bytes[...])
        var number = 0
        while !cursor.isAtEnd {
            number += 1
            guard let message = cursor.lengthAndBytes() else {
                throw ParseError(line: number, column: 1, message: "the input ends within a message: it is cut off")
            }
            try parser.family(ProtobufMessage(message, line: number, start: message.startIndex))
        }
        return ParsedExposition(families: parser.families.families)
    }

    // MARK: Families

    private mutating func family(_ message: ProtobufMessage) throws(ParseError) {
        var name = ""
        var help: String?
        var unit: String?
        var type = MetricType.counter
        var rest = message
        while let field = try rest.next() {
            switch field.number {
            case 1: name = try rest.text(field)
            case 2: help = try rest.text(field)
            case 3: type = try Self.type(try rest.varint(field), rest)
            case 5: unit = try rest.text(field)
            default: continue
            }
        }
        guard !name.isEmpty else { throw message.error("a family without a name: write one") }
        guard !families.contains(name) else { throw message.error("a second family \(shown(name)): write one") }
        try families.setType(type, of: name, at: message.place)
        if let help { try families.setHelp(help, of: name, at: message.place) }
        if let unit, !unit.isEmpty { try families.setUnit(unit, of: name, at: message.place) }
        // Only now, since fields may come in any order; gone through twice rather than kept, which costs no memory.
        rest = message
        while let field = try rest.next() {
            if field.number == 4 { try add(try rest.message(field), name, type) }
        }
    }

    /// `io.prometheus.client.MetricType`.
    private static func type(_ number: UInt64, _ message: ProtobufMessage) throws(ParseError) -> MetricType {
        switch number {
        case 0: return .counter
        case 1: return .gauge
        case 2: return .summary
        case 3: return .untyped
        case 4: return .histogram
        case 5: throw message.error("gauge histograms are not read here: leave them out")
        default: throw message.error("no type \(number): write 0 to 4")
        }
    }

    // MARK: Metrics

    private mutating func add(_ message: ProtobufMessage, _ name: String, _ type: MetricType) throws(ParseError) {
        var labels: [ParsedSample.Label] = []
        var value: ProtobufMessage?
        var timestamp: Int64?
        var rest = message
        while let field = try rest.next() {
            switch field.number {
            case 1: try Self.append(try rest.label(field), to: &labels, limits, rest)
            case type.protobufField:
                guard value == nil else { throw rest.error("a second value of \(shown(name)): write one") }
                value = try rest.message(field)
            case 2, 3, 4, 5, 7: throw rest.error("\(shown(name)) is a \(type), and has a value of another type")
            case 6: timestamp = Int64(bitPattern: try rest.varint(field))
            default: continue
            }
        }
        guard let value else { throw message.error("a metric of \(shown(name)) without a value: write one") }
        let base = ParsedSample(name: name, labels: labels, value: 0, timestamp: timestamp)
        switch type {
        case .histogram: try addHistogram(value, base)
        case .summary: try addSummary(value, base)
        case .counter, .gauge, .info, .stateSet, .untyped: try addNumber(value, base)
        }
    }

    /// Takes a label that is not there yet.
    private static func append(
        _ label: ParsedSample.Label,
        to labels: inout [ParsedSample.Label],
        _ limits: ParseLimits,
        _ message: ProtobufMessage
    ) throws(ParseError) {
        guard labels.count < limits.labels else {
            throw message.error("more than \(limits.labels) labels: write fewer")
        }
        guard !label.name.isEmpty, label.name != "__name__" else {
            throw message.error("the label name \(shown(label.name)) can't be used: write another")
        }
        guard !labels.contains(where: { $0.name.isSame(as: label.name) }) else {
            throw message.error("a second label \(shown(label.name)): write each label once")
        }
        labels.append(label)
    }

    /// A counter, a gauge or something untyped: each has its value in field 1.
    private mutating func addNumber(_ message: ProtobufMessage, _ base: ParsedSample) throws(ParseError) {
        var sample = base
        var rest = message
        while let field = try rest.next() {
            switch field.number {
            case 1: sample.value = try rest.double(field)
            case 2: sample.exemplar = try exemplar(try rest.message(field)).parsed
            case 3: sample.created = try rest.message(field).timestamp()?.seconds
            default: continue
            }
        }
        try families.add(sample, at: message.place)
    }

    private mutating func addSummary(_ message: ProtobufMessage, _ base: ParsedSample) throws(ParseError) {
        var count = base
        var sum: ParsedSample?
        var hasCount = false
        var rest = message
        while let field = try rest.next() {
            switch field.number {
            case 1:
                count.value = Double(try rest.varint(field))
                hasCount = true
            case 2: sum = base.line("_sum", try rest.double(field))
            case 3: try addQuantile(try rest.message(field), base)
            case 4: count.created = try rest.message(field).timestamp()?.seconds
            default: continue
            }
        }
        if let sum { try families.add(sum, at: message.place) }
        count.name += "_count"
        if hasCount { try families.add(count, at: message.place) }
    }

    private mutating func addQuantile(_ message: ProtobufMessage, _ base: ParsedSample) throws(ParseError) {
        var quantile = 0.0
        var sample = base
        var rest = message
        while let field = try rest.next() {
            switch field.number {
            case 1: quantile = try rest.double(field)
            case 2: sample.value = try rest.double(field)
            default: continue
            }
        }
        try add(sample, with: "quantile", quantile, at: message)
    }

    /// Takes a sample with the label that says which of its family's lines it is.
    private mutating func add(
        _ sample: ParsedSample,
        with label: String,
        _ bound: Double,
        at message: ProtobufMessage
    ) throws(ParseError) {
        var text: [UInt8] = []
        text.appendNumber(bound, .openMetrics)
        var sample = sample
        try Self.append(.init(label, String(decoding: text, as: UTF8.self)), to: &sample.labels, limits, message)
        try families.add(sample, at: message.place)
    }

    // MARK: Histograms

    private mutating func addHistogram(_ message: ProtobufMessage, _ base: ParsedSample) throws(ParseError) {
        var count = base.line("_count", 0)
        var sum: ParsedSample?
        var hasInfinite = false
        var native = ProtobufNativeHistogram(limit: limits.samples)
        var rest = message
        while let field = try rest.next() {
            switch field.number {
            case 1: count.value = Double(try rest.varint(field))
            case 2: sum = base.line("_sum", try rest.double(field))
            case 3:
                if try addBucket(try rest.message(field), base.line("_bucket", 0)) { hasInfinite = true }
            case 4: throw rest.error("a histogram whose count is a fraction is not read here: leave it out")
            case 15: count.created = try rest.message(field).timestamp()?.seconds
            case 16:
                native.exemplars.append(try exemplar(try rest.message(field)).written)
            default: try native.take(field, rest)
            }
        }
        if !hasInfinite { try add(base.line("_bucket", count.value), with: "le", .infinity, at: message) }
        if let sum { try families.add(sum, at: message.place) }
        try families.add(count, at: message.place)
        if let buckets = try native.snapshot(message) {
            try families.add(ParsedNativeHistogram(labels: base.labels, buckets: buckets), at: message.place)
        }
    }

    /// Whether it was the bucket of +Inf.
    private mutating func addBucket(_ message: ProtobufMessage, _ base: ParsedSample) throws(ParseError) -> Bool {
        var bound = 0.0
        var sample = base
        var rest = message
        while let field = try rest.next() {
            switch field.number {
            case 1: sample.value = Double(try rest.varint(field))
            case 2: bound = try rest.double(field)
            case 3: sample.exemplar = try exemplar(try rest.message(field)).parsed
            case 4: throw rest.error("a bucket whose count is a fraction is not read here: leave it out")
            default: continue
            }
        }
        try add(sample, with: "le", bound, at: message)
        return bound == .infinity
    }

    // MARK: Exemplars

    /// An exemplar as a sample has it, and as a native histogram has it.
    private func exemplar(
        _ message: ProtobufMessage
    ) throws(ParseError) -> (parsed: ParsedSample.Exemplar, written: Exemplar) {
        var labels: [ParsedSample.Label] = []
        var value = 0.0
        var timestamp: (milliseconds: Int64, seconds: Double)?
        var rest = message
        while let field = try rest.next() {
            switch field.number {
            case 1: try Self.append(try rest.label(field), to: &labels, limits, rest)
            case 2: value = try rest.double(field)
            case 3: timestamp = try rest.message(field).timestamp()
            default: continue
            }
        }
        let length = labels.reduce(0) { $0 + $1.name.unicodeScalars.count + $1.value.unicodeScalars.count }
        guard length <= Exemplar.labelCharactersMax else {
            throw message.error("the exemplar's labels have \(length) characters: keep them within 128")
        }
        return (
            ParsedSample.Exemplar(labels: labels, value: value, timestamp: timestamp?.milliseconds),
            Exemplar(labels: LabelSet(labels), value: value, timestamp: timestamp?.seconds)
        )
    }
}

extension MetricType {
    /// The field in which a metric has its value.
    fileprivate var protobufField: UInt64 {
        switch self {
        case .counter: 3
        case .gauge, .info, .stateSet: 2
        case .summary: 4
        case .untyped: 5
        case .histogram: 7
        }
    }
}

extension ParsedSample {
    /// A sample of the same metric, with a name that goes on.
    fileprivate func line(_ suffix: String, _ value: Double) -> ParsedSample {
        ParsedSample(name: name + suffix, labels: labels, value: value, timestamp: timestamp)
    }
}
