/// The requests of a module, one after the other, and what is carried from one to the next.
struct StepSequence {
    struct Step {
        var url: TargetURL
        /// Nil is the module's.
        var method: String?
        var headers: [(name: String, value: String)] = []
        var body: String?
        /// Whether it is all there is, made of the module itself.
        var isPlain = false
    }

    private let settings: [StepSetting]
    private var index = -1
    private var values: [String: String] = [:]

    private static let valueBytesMax = 16_384

    init(_ settings: [StepSetting]) { self.settings = settings }

    private var current: StepSetting? { settings.indices.contains(index) ? settings[index] : nil }

    var isAtLast: Bool { index >= settings.count - 1 }
    var needsBody: Bool { !(current?.captures.isEmpty ?? true) }
    var validStatusCodes: [Int]? { current.flatMap { $0.validStatusCodes.isEmpty ? nil : $0.validStatusCodes } }

    /// Goes to the next step.
    mutating func next(after target: TargetURL) throws(HopProblem) -> Step {
        guard !settings.isEmpty else { return Step(url: target, isPlain: true) }
        index += 1
        guard let setting = current else { throw HopProblem(reason: .other, message: "no further step") }
        let url: TargetURL
        switch TargetURL.parse(try filled(setting.url), relativeTo: setting.url.isEmpty ? nil : target) {
        case .success(let parsed): url = parsed
        case .failure(let problem):
            guard setting.url.isEmpty else {
                throw HopProblem(reason: .configuration, message: "step \(index + 1): \(problem.message)")
            }
            url = target
        }
        var headers: [(name: String, value: String)] = []
        for (name, value) in setting.headers.sorted(by: { $0.key < $1.key }) {
            let text = try filled(value)
            guard HeaderSetting.isClean(text) else {
                throw HopProblem(
                    reason: .capture,
                    message: "step \(index + 1): a value of more than one line in a header"
                )
            }
            headers.append((name, text))
        }
        var body: String?
        if let text = setting.body { body = try filled(text) }
        return Step(url: url, method: setting.method, headers: headers, body: body)
    }

    /// Takes along what the current step asks for; says what was not there.
    mutating func capture(_ response: ProbeResult.Response, _ body: [UInt8]) -> String? {
        for (name, capture) in current?.captures ?? [] {
            let value: String?
            switch capture.source {
            case .header(let header): value = response.values(header).first
            case .json(let path): value = JSONValue(parsing: body)?.value(at: path)?.scalarText
            case .pattern(let pattern):
                if case .found(let text) = pattern.search(body) { value = text } else { value = nil }
            }
            guard let value, value.utf8.count <= Self.valueBytesMax else {
                return "step \(index + 1): nothing to capture as \(name)"
            }
            values[name] = value
        }
        return nil
    }

    /// A text with `${name}` replaced by what was captured.
    private func filled(_ text: String) throws(HopProblem) -> String {
        var out = ""
        var rest = Substring(text)
        while let start = rest.firstIndex(of: "$") {
            out += rest[..<start]
            rest = rest[start...]
            guard rest.hasPrefix("${"), let end = rest.firstIndex(of: "}") else {
                out += "$"
                rest = rest.dropFirst()
                continue
            }
            let name = String(rest[rest.index(start, offsetBy: 2)..<end])
            guard let value = values[name] else {
                throw HopProblem(reason: .capture, message: "step \(index + 1): nothing was captured as \(name)")
            }
            out += value
            rest = rest[rest.index(after: end)...]
        }
        return out + rest
    }
}
