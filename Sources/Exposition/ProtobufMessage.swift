/// A protobuf message that is read field by field, each as what it is declared to be, or an error that tells where.
struct ProtobufMessage {
    private var cursor: ProtobufCursor
    private let line: Int
    /// Where the family's message begins, from which places are counted.
    private let start: Int
    /// Where the field that was read last begins.
    private var fieldStart: Int

    /// The bytes of a message that is, or is within, the family of this number.
    init(_ bytes: ArraySlice<UInt8>, line: Int, start: Int) {
        cursor = ProtobufCursor(bytes)
        self.line = line
        self.start = start
        fieldStart = bytes.startIndex
    }

    var place: Place { Place(line: line, column: fieldStart - start + 1) }

    func error(_ message: String) -> ParseError { place.error(message) }

    /// The next field; nil at the end.
    mutating func next() throws(ParseError) -> ProtobufCursor.Field? {
        fieldStart = cursor.index
        let field = cursor.next()
        guard !cursor.isBroken else { throw error("no protobuf field: it is cut off, or not of this format") }
        return field
    }

    func varint(_ field: ProtobufCursor.Field) throws(ParseError) -> UInt64 {
        guard field.wireType == .varint else { throw unexpected(field) }
        return field.number64
    }

    func double(_ field: ProtobufCursor.Field) throws(ParseError) -> Double {
        guard field.wireType == .fixed64 else { throw unexpected(field) }
        return Double(bitPattern: field.number64)
    }

    func text(_ field: ProtobufCursor.Field) throws(ParseError) -> String {
        guard let bytes = field.bytes else { throw unexpected(field) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error("invalid UTF-8: write the text in UTF-8, or replace what cannot be")
        }
        return text
    }

    func message(_ field: ProtobufCursor.Field) throws(ParseError) -> ProtobufMessage {
        guard let bytes = field.bytes else { throw unexpected(field) }
        return ProtobufMessage(bytes, line: line, start: start)
    }

    /// A `LabelPair`.
    func label(_ field: ProtobufCursor.Field) throws(ParseError) -> ParsedSample.Label {
        var label = ParsedSample.Label("", "")
        var pair = try message(field)
        while let field = try pair.next() {
            switch field.number {
            case 1: label.name = try pair.text(field)
            case 2: label.value = try pair.text(field)
            default: continue
            }
        }
        return label
    }

    /// This message as a `google.protobuf.Timestamp`; nil where it is further away than anything that is scraped.
    func timestamp() throws(ParseError) -> (milliseconds: Int64, seconds: Double)? {
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        var rest = self
        while let field = try rest.next() {
            switch field.number {
            case 1: seconds = Int64(bitPattern: try rest.varint(field))
            case 2: nanoseconds = Int64(bitPattern: try rest.varint(field))
            default: continue
            }
        }
        let exact = Double(seconds) + Double(nanoseconds) / 1e9
        guard exact.isTime, 0..<1_000_000_000 ~= nanoseconds else { return nil }
        return (Int64((exact * 1000).rounded()), exact)
    }

    /// The numbers of a field that is repeated: one, or packed together in a field with a length.
    func zigZags(
        _ field: ProtobufCursor.Field,
        into numbers: inout [Int64],
        limit: Int
    ) throws(ParseError) {
        guard let bytes = field.bytes else {
            guard numbers.count < limit else { throw error("more than \(limit) buckets: write fewer") }
            numbers.append(try varint(field).fromZigZag)
            return
        }
        var packed = ProtobufCursor(bytes)
        while !packed.isAtEnd {
            guard numbers.count < limit else { throw error("more than \(limit) buckets: write fewer") }
            guard let number = packed.varint() else { throw error("a number of more than 64 bits: write fewer") }
            numbers.append(number.fromZigZag)
        }
    }

    private func unexpected(_ field: ProtobufCursor.Field) -> ParseError {
        error("field \(field.number) is of wire type \(field.wireType.rawValue): write it as it is declared")
    }
}
