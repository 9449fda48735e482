/// A word of an expression, and where it begins.
struct CELToken: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case name(String)
        case text(String)
        case number(Double)
        case sign(String)
        case end
    }

    let kind: Kind
    let offset: Int

    /// Splits an expression into its words.
    static func split(_ source: String) throws(CELProblem) -> [CELToken] {
        var tokens: [CELToken] = []
        let scalars = Array(source.unicodeScalars)
        guard scalars.count <= 10_000 else { throw CELProblem(message: "longer than 10,000 characters") }
        var index = 0
        while index < scalars.count {
            let start = index
            let scalar = scalars[index]
            if scalar.properties.isWhitespace {
                index += 1
            } else if scalar.isASCII, scalar.properties.isAlphabetic || scalar == "_" {
                let word = scalars[index...].prefix {
                    $0.isASCII && ($0.properties.isAlphabetic || $0.isDigit || $0 == "_")
                }
                index += word.count
                tokens.append(CELToken(kind: .name(text(word)), offset: start))
            } else if scalar.isDigit {
                tokens.append(CELToken(kind: .number(try number(scalars, &index)), offset: start))
            } else if scalar == "\"" || scalar == "'" {
                tokens.append(CELToken(kind: .text(try quoted(scalars, &index)), offset: start))
            } else {
                let pair = text(scalars[index...].prefix(2))
                let sign = ["==", "!=", "<=", ">=", "&&", "||"].contains(pair) ? pair : String(Character(scalar))
                guard sign.count == 2 || "<>!()[].,+-*/?:".unicodeScalars.contains(scalar) else {
                    throw CELProblem(message: "unexpected \"\(sign)\" at character \(start)")
                }
                index += sign.count
                tokens.append(CELToken(kind: .sign(sign), offset: start))
            }
        }
        return tokens + [CELToken(kind: .end, offset: scalars.count)]
    }

    private static func text(_ scalars: ArraySlice<UnicodeScalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func number(_ scalars: [UnicodeScalar], _ index: inout Int) throws(CELProblem) -> Double {
        let digits = scalars[index...].prefix { $0.isDigit || $0 == "." || $0 == "e" || $0 == "E" }
        let start = index
        index += digits.count
        // 1u is CEL's unsigned 1.
        if index < scalars.count, scalars[index] == "u" { index += 1 }
        guard let value = Double(text(digits)), value.isFinite else {
            throw CELProblem(message: "no number at character \(start)")
        }
        return value
    }

    private static func quoted(_ scalars: [UnicodeScalar], _ index: inout Int) throws(CELProblem) -> String {
        let quote = scalars[index]
        let start = index
        var view = String.UnicodeScalarView()
        index += 1
        while index < scalars.count, scalars[index] != quote {
            if scalars[index] == "\\", index + 1 < scalars.count {
                index += 1
                switch scalars[index] {
                case "n": view.append("\n")
                case "t": view.append("\t")
                case "r": view.append("\r")
                case "\\", "\"", "'", "`", "?": view.append(scalars[index])
                default: throw CELProblem(message: "unknown escape at character \(index)")
                }
            } else {
                view.append(scalars[index])
            }
            index += 1
        }
        guard index < scalars.count else { throw CELProblem(message: "the text at character \(start) has no end") }
        index += 1
        return String(view)
    }
}

extension UnicodeScalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
