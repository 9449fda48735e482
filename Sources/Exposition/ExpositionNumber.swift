extension Double {
    /// A number as Go's `strconv.ParseFloat` reads it, less the forms that the exposition formats leave out:
    /// hexadecimal digits and underscores. Correctly rounded; nil where it is no number or does not fit.
    ///
    /// <https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information>
    init?(expositionNumber text: String) {
        if Double.isDecimal(text.utf8) {
            guard let number = Double(text), number.isFinite else { return nil }
            self = number
        } else {
            switch text.lowercased() {
            case "inf", "+inf", "infinity", "+infinity": self = .infinity
            case "-inf", "-infinity": self = -.infinity
            case "nan": self = .nan
            default: return nil
            }
        }
    }

    /// Whether this is digits with at most a sign, a point and an exponent.
    ///
    /// `Double(_: String)` takes more than that, so it is asked only about what passes here.
    private static func isDecimal(_ text: String.UTF8View) -> Bool {
        var rest = text[...]
        dropSign(&rest)
        var digits = dropDigits(&rest)
        if rest.first == Byte.point {
            rest.removeFirst()
            digits += dropDigits(&rest)
        }
        guard digits > 0 else { return false }
        if rest.first == Byte.e || rest.first == Byte.capitalE {
            rest.removeFirst()
            dropSign(&rest)
            guard dropDigits(&rest) > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func dropSign(_ rest: inout Substring.UTF8View) {
        if rest.first == Byte.plus || rest.first == Byte.minus { rest.removeFirst() }
    }

    private static func dropDigits(_ rest: inout Substring.UTF8View) -> Int {
        let before = rest.count
        rest = rest.drop { Byte.isDigit($0) }
        return before - rest.count
    }
}
