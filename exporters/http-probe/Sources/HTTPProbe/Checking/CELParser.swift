/// Builds an expression of its words, by the precedence of CEL's operators.
struct CELParser {
    private let tokens: [CELToken]
    private var index = 0
    private var depth = 0

    init(_ source: String) throws(CELProblem) { tokens = try CELToken.split(source) }

    mutating func whole() throws(CELProblem) -> CELNode {
        let node = try expression()
        guard next.kind == .end else { throw unexpected() }
        return node
    }

    private var next: CELToken { tokens[index] }

    private mutating func advance() { if index < tokens.count - 1 { index += 1 } }

    private mutating func take(_ sign: String) -> Bool {
        guard next.kind == .sign(sign) else { return false }
        advance()
        return true
    }

    private mutating func expect(_ sign: String) throws(CELProblem) {
        guard take(sign) else { throw unexpected("\"\(sign)\" is missing") }
    }

    private func unexpected(_ what: String = "unexpected word") -> CELProblem {
        CELProblem(
            message: "\(next.kind == .end ? "the expression ends too early" : what), at character \(next.offset)"
        )
    }

    private mutating func expression() throws(CELProblem) -> CELNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw CELProblem(message: "more than 50 levels inside each other") }
        let condition = try disjunction()
        guard take("?") else { return condition }
        let yes = try expression()
        try expect(":")
        return .choice(condition, yes, try expression())
    }

    private mutating func disjunction() throws(CELProblem) -> CELNode {
        var node = try conjunction()
        while take("||") { node = .or(node, try conjunction()) }
        return node
    }

    private mutating func conjunction() throws(CELProblem) -> CELNode {
        var node = try comparison()
        while take("&&") { node = .and(node, try comparison()) }
        return node
    }

    private mutating func comparison() throws(CELProblem) -> CELNode {
        var node = try sum()
        while let operation = operation(of: ["==", "!=", "<=", ">=", "<", ">", "in"]) {
            node = .binary(operation, node, try sum())
        }
        return node
    }

    private mutating func sum() throws(CELProblem) -> CELNode {
        var node = try product()
        while let operation = operation(of: ["+", "-"]) { node = .binary(operation, node, try product()) }
        return node
    }

    private mutating func product() throws(CELProblem) -> CELNode {
        var node = try prefixed()
        while let operation = operation(of: ["*", "/"]) { node = .binary(operation, node, try prefixed()) }
        return node
    }

    private mutating func operation(of words: [String]) -> CELOperator? {
        let word: String
        switch next.kind {
        case .sign(let sign): word = sign
        case .name(let name): word = name
        default: return nil
        }
        guard words.contains(word), let operation = CELOperator(rawValue: word) else { return nil }
        advance()
        return operation
    }

    private mutating func prefixed() throws(CELProblem) -> CELNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw CELProblem(message: "more than 50 levels inside each other") }
        if take("!") { return .not(try prefixed()) }
        if take("-") { return .negative(try prefixed()) }
        return try postfixed()
    }

    private mutating func postfixed() throws(CELProblem) -> CELNode {
        var node = try primary()
        while true {
            if take("[") {
                node = .element(node, try expression())
                try expect("]")
            } else if take(".") {
                guard case .name(let name) = next.kind else { throw unexpected("a name is missing") }
                advance()
                node = take("(") ? try method(name, of: node) : .member(node, name)
            } else {
                return node
            }
        }
    }

    private mutating func method(_ name: String, of node: CELNode) throws(CELProblem) -> CELNode {
        if name == "size" {
            try expect(")")
            return .size(node)
        }
        let argument = try expression()
        try expect(")")
        if name == "matches" { return .matches(node, try pattern(argument)) }
        guard let function = CELTextFunction(rawValue: name) else {
            throw CELProblem(message: "no function is named \(name)")
        }
        return .text(function, node, argument)
    }

    private func pattern(_ node: CELNode) throws(CELProblem) -> CELPattern {
        guard case .value(.string(let source)) = node else { return .computed(node) }
        switch BodyPattern.compile(source) {
        case .success(let pattern): return .fixed(pattern)
        case .failure(let problem): throw CELProblem(message: "bad pattern: \(problem.message)")
        }
    }

    private mutating func primary() throws(CELProblem) -> CELNode {
        switch next.kind {
        case .text(let text):
            advance()
            return .value(.string(text))
        case .number(let number):
            advance()
            return .value(.number(number))
        case .name(let name):
            advance()
            return try named(name)
        case .sign("("):
            advance()
            let node = try expression()
            try expect(")")
            return node
        case .sign("["):
            advance()
            var nodes: [CELNode] = []
            while !take("]") {
                nodes.append(try expression())
                if !take(",") {
                    try expect("]")
                    break
                }
            }
            return .list(nodes)
        case .sign, .end: throw unexpected()
        }
    }

    private mutating func named(_ name: String) throws(CELProblem) -> CELNode {
        switch name {
        case "true": return .value(.bool(true))
        case "false": return .value(.bool(false))
        case "null": return .value(.null)
        case "body": return .body
        case "has":
            try expect("(")
            guard case .member(let node, let member) = try expression() else {
                throw CELProblem(message: "has() asks for a member, such as has(body.name)")
            }
            try expect(")")
            return .has(node, member)
        case "size":
            try expect("(")
            let node = try expression()
            try expect(")")
            return .size(node)
        default: throw CELProblem(message: "nothing is named \(name); there is body")
        }
    }
}
