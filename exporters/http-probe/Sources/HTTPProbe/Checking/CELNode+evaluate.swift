extension CELNode {
    /// The value of a part; `steps` is how many more parts may be looked at.
    func evaluate(_ body: JSONValue, _ steps: inout Int) throws(CELProblem) -> JSONValue {
        steps -= 1
        guard steps > 0 else { throw CELProblem(message: "the expression takes too long") }
        switch self {
        case .value(let value): return value
        case .body: return body
        case .list(let nodes):
            var values: [JSONValue] = []
            for node in nodes { values.append(try node.evaluate(body, &steps)) }
            return .list(values)
        case .member(let node, let name): return try Self.member(node.evaluate(body, &steps), name)
        case .element(let node, let index):
            return try Self.element(node.evaluate(body, &steps), index.evaluate(body, &steps))
        case .has(let node, let name):
            guard case .object(let members) = try node.evaluate(body, &steps) else {
                throw CELProblem(message: "has() of what is no object")
            }
            return .bool(members[name] != nil)
        case .size(let node): return try Self.size(node.evaluate(body, &steps))
        case .not(let node): return .bool(try !node.truth(body, &steps))
        case .negative(let node):
            guard case .number(let value) = try node.evaluate(body, &steps) else {
                throw CELProblem(message: "- before what is no number")
            }
            return .number(-value)
        case .and(let a, let b): return .bool(try Self.logic(a, b, decides: false, body, &steps))
        case .or(let a, let b): return .bool(try Self.logic(a, b, decides: true, body, &steps))
        case .choice(let condition, let yes, let no):
            return try condition.truth(body, &steps) ? yes.evaluate(body, &steps) : no.evaluate(body, &steps)
        case .binary(let operation, let a, let b):
            return try operation.apply(a.evaluate(body, &steps), b.evaluate(body, &steps))
        case .text(let function, let a, let b):
            guard case .string(let text) = try a.evaluate(body, &steps),
                case .string(let part) = try b.evaluate(body, &steps)
            else { throw CELProblem(message: "\(function.rawValue)() of what is no text") }
            return .bool(function.apply(text, part))
        case .matches(let node, let pattern): return try Self.matches(node, pattern, body, &steps)
        }
    }

    private func truth(_ body: JSONValue, _ steps: inout Int) throws(CELProblem) -> Bool {
        guard case .bool(let value) = try evaluate(body, &steps) else {
            throw CELProblem(message: "true or false is needed where something else is")
        }
        return value
    }

    /// `&&` and `||`: where one side decides, an error of the other does not matter, whichever comes first.
    private static func logic(
        _ a: CELNode,
        _ b: CELNode,
        decides: Bool,
        _ body: JSONValue,
        _ steps: inout Int
    ) throws(CELProblem) -> Bool {
        let first: Bool
        do throws(CELProblem) {
            first = try a.truth(body, &steps)
        } catch {
            if try b.truth(body, &steps) == decides { return decides }
            throw error
        }
        return first == decides ? decides : try b.truth(body, &steps)
    }

    private static func member(_ value: JSONValue, _ name: String) throws(CELProblem) -> JSONValue {
        guard case .object(let members) = value, let member = members[name] else {
            throw CELProblem(message: "no such key: \(name)")
        }
        return member
    }

    private static func element(_ value: JSONValue, _ index: JSONValue) throws(CELProblem) -> JSONValue {
        switch (value, index) {
        case (.object, .string(let name)): return try member(value, name)
        case (.list(let elements), .number(let number)):
            guard let index = Int(exactly: number), elements.indices.contains(index) else {
                throw CELProblem(message: "index out of bounds: \(number)")
            }
            return elements[index]
        default: throw CELProblem(message: "[ ] of what has no elements")
        }
    }

    private static func size(_ value: JSONValue) throws(CELProblem) -> JSONValue {
        switch value {
        case .string(let text): return .number(Double(text.unicodeScalars.count))
        case .list(let elements): return .number(Double(elements.count))
        case .object(let members): return .number(Double(members.count))
        default: throw CELProblem(message: "size() of what has none")
        }
    }

    private static func matches(
        _ node: CELNode,
        _ pattern: CELPattern,
        _ body: JSONValue,
        _ steps: inout Int
    ) throws(CELProblem) -> JSONValue {
        guard case .string(let text) = try node.evaluate(body, &steps) else {
            throw CELProblem(message: "matches() of what is no text")
        }
        let compiled: BodyPattern
        switch pattern {
        case .fixed(let pattern): compiled = pattern
        case .computed(let node):
            guard case .string(let source) = try node.evaluate(body, &steps),
                case .success(let pattern) = BodyPattern.compile(source)
            else { throw CELProblem(message: "matches() by what is no pattern") }
            compiled = pattern
        }
        switch compiled.search(text) {
        case .found: return .bool(true)
        case .notFound: return .bool(false)
        case .gaveUp: throw CELProblem(message: "matches() takes too long")
        }
    }
}

extension CELOperator {
    func apply(_ a: JSONValue, _ b: JSONValue) throws(CELProblem) -> JSONValue {
        switch self {
        case .equal: return .bool(a == b)
        case .notEqual: return .bool(a != b)
        case .among:
            switch (a, b) {
            case (_, .list(let elements)): return .bool(elements.contains(a))
            case (.string(let name), .object(let members)): return .bool(members[name] != nil)
            default: throw CELProblem(message: "in what has no elements")
            }
        case .less: return .bool(try order(a, b) < 0)
        case .lessOrEqual: return .bool(try order(a, b) <= 0)
        case .greater: return .bool(try order(a, b) > 0)
        case .greaterOrEqual: return .bool(try order(a, b) >= 0)
        case .plus:
            switch (a, b) {
            case (.string(let a), .string(let b)) where a.utf8.count + b.utf8.count <= 1 << 20: return .string(a + b)
            case (.list(let a), .list(let b)) where a.count + b.count <= 1 << 16: return .list(a + b)
            default: return try calculate(a, b) { $0 + $1 }
            }
        case .minus: return try calculate(a, b) { $0 - $1 }
        case .times: return try calculate(a, b) { $0 * $1 }
        case .divided: return try calculate(a, b) { $0 / $1 }
        }
    }

    private func calculate(
        _ a: JSONValue,
        _ b: JSONValue,
        _ operation: (Double, Double) -> Double
    ) throws(CELProblem) -> JSONValue {
        guard case .number(let a) = a, case .number(let b) = b else {
            throw CELProblem(message: "no such overload: \(rawValue)")
        }
        return .number(operation(a, b))
    }

    private func order(_ a: JSONValue, _ b: JSONValue) throws(CELProblem) -> Int {
        switch (a, b) {
        case (.number(let a), .number(let b)): return a < b ? -1 : a > b ? 1 : 0
        case (.string(let a), .string(let b)):
            return a == b ? 0 : a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars) ? -1 : 1
        case (.bool(let a), .bool(let b)): return a == b ? 0 : b ? -1 : 1
        default: throw CELProblem(message: "no such overload: \(rawValue)")
        }
    }
}

extension CELTextFunction {
    func apply(_ text: String, _ part: String) -> Bool {
        let text = Array(text.utf8)
        let part = Array(part.utf8)
        switch self {
        case .startsWith: return text.starts(with: part)
        case .endsWith: return text.suffix(part.count).elementsEqual(part) && part.count <= text.count
        case .contains:
            guard !part.isEmpty else { return true }
            guard part.count <= text.count else { return false }
            return (0...text.count - part.count).contains { text[$0] == part[0] && text[$0...].starts(with: part) }
        }
    }
}
