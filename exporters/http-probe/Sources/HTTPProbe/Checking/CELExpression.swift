import StrictYAML

/// An expression of a part of CEL about the JSON in `body`.
///
/// There are: `body`, members (`.name`, `["name"]`), elements (`[0]`), `has(body.name)`, `size()`, `==`, `!=`, `<`, `<=`,
/// `>`, `>=`, `+`, `-`, `*`, `/`, `in`, `&&`, `||`, `!`, `? :`, `startsWith`, `endsWith`, `contains`, `matches`, and
/// texts, numbers, lists, `true`, `false` and `null`. See <https://github.com/google/cel-spec>.
struct CELExpression: ConfigurationValue {
    let source: String
    private let root: CELNode

    /// Reads an expression; the message says what is wrong.
    static func compile(_ source: String) -> Result<CELExpression, CELProblem> {
        do throws(CELProblem) {
            var parser = try CELParser(source)
            return .success(CELExpression(source: source, root: try parser.whole()))
        } catch {
            return .failure(error)
        }
    }

    private init(source: String, root: CELNode) {
        self.source = source
        self.root = root
    }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        switch Self.compile(try node.scalar("an expression of CEL")) {
        case .success(let expression): self = expression
        case .failure(let problem): throw node.error(problem.message)
        }
    }

    /// What the expression says of a body. Throws where it says neither true nor false.
    func evaluate(body: JSONValue) throws(CELProblem) -> Bool {
        var steps = 100_000
        guard case .bool(let result) = try root.evaluate(body, &steps) else {
            throw CELProblem(message: "the expression is neither true nor false")
        }
        return result
    }
}

/// What is wrong with an expression, or with a value that it meets.
struct CELProblem: Error, Equatable {
    let message: String
}

/// A part of an expression.
indirect enum CELNode: Sendable {
    case value(JSONValue)
    case body
    case list([CELNode])
    case member(CELNode, String)
    case element(CELNode, CELNode)
    case has(CELNode, String)
    case size(CELNode)
    case not(CELNode)
    case negative(CELNode)
    case and(CELNode, CELNode)
    case or(CELNode, CELNode)
    case choice(CELNode, CELNode, CELNode)
    case binary(CELOperator, CELNode, CELNode)
    case text(CELTextFunction, CELNode, CELNode)
    case matches(CELNode, CELPattern)
}

enum CELOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case among = "in"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
}

enum CELTextFunction: String, Sendable {
    case startsWith
    case endsWith
    case contains
}

/// A pattern that is known when the expression is read, or only when it runs.
enum CELPattern: Sendable {
    case fixed(BodyPattern)
    case computed(CELNode)
}
