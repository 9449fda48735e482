import ExporterSDK

/// Goes through the fields of a form, `a=1&b=2`, as `application/x-www-form-urlencoded` has them.
struct FormReader: Sequence, IteratorProtocol {
    /// More fields than this are not looked at.
    static let fieldsMax = 512

    private var rest: Bytes
    private var count = 0

    init(_ bytes: Bytes) { rest = bytes }

    /// The next field; its value is decoded when it is wanted.
    mutating func next() -> FormField? {
        guard !rest.isEmpty, count < Self.fieldsMax else { return nil }
        count += 1
        let field: Bytes
        if let parts = rest.cut(at: "&") {
            field = parts.before
            rest = parts.after
        } else {
            field = rest
            rest = []
        }
        let parts = field.cut(at: "=") ?? (field, [])
        return FormField(name: PercentCoding.decoded(parts.before, plusIsBlank: true), encodedValue: parts.after)
    }
}

/// A field of a form.
struct FormField {
    /// Its name, decoded.
    let name: Bytes
    private let storedValue: Bytes
    private let isEncoded: Bool

    init(name: Bytes, encodedValue: Bytes) {
        self.name = name
        storedValue = encodedValue
        isEncoded = true
    }

    init(name: Bytes, decodedValue: Bytes) {
        self.name = name
        storedValue = decodedValue
        isEncoded = false
    }

    /// Its value, decoded now that it is wanted.
    var value: Bytes { isEncoded ? PercentCoding.decoded(storedValue, plusIsBlank: true) : storedValue }
}
