import StrictYAML

/// A pattern in the file.
struct PatternSetting: ConfigurationValue {
    let pattern: BodyPattern

    init(_ node: YAMLNode) throws(ConfigurationError) {
        let text = try node.scalar("a pattern")
        switch BodyPattern.compile(text) {
        case .success(let pattern): self.pattern = pattern
        case .failure(let problem): throw node.error("bad pattern: \(problem.message)")
        }
    }
}

/// An item of `fail_if_header_matches` and its opposite.
struct HeaderCheck: ConfigurationMap {
    let header: String
    let pattern: BodyPattern
    let allowsMissing: Bool

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        header = try keys.required("header")
        if header.isEmpty { throw keys.error("header", "the name of a header should be here") }
        if try keys.required("regexp", as: String.self).isEmpty {
            throw keys.error("regexp", "a pattern should be here")
        }
        pattern = try keys.required("regexp", as: PatternSetting.self).pattern
        allowsMissing = try keys.value("allow_missing", default: false)
    }
}

/// A number of bytes with its unit, by powers of 1024: `1MB`, `512KiB`.
struct ByteSize: ConfigurationValue {
    /// Nil is no limit.
    let limit: Int?

    init(_ node: YAMLNode) throws(ConfigurationError) {
        let text = try node.scalar("a size such as 512KB or 1MB")
        let isNegative = text.hasPrefix("-")
        let digits = text.dropFirst(isNegative ? 1 : 0).prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count + (isNegative ? 1 : 0))
        let units = ["B": 0, "KB": 1, "KIB": 1, "MB": 2, "MIB": 2, "GB": 3, "GIB": 3]
        guard let number = Int(digits), number <= 1 << 20,
            let power = units[unit.uppercased()] ?? (number == 0 && unit.isEmpty ? 0 : nil)
        else { throw node.error("a size with its unit, such as 512KB or 1MB, should be here, not \"\(text)\"") }
        limit = isNegative || number == 0 ? nil : number << (10 * power)
    }
}

/// What a header Accept-Encoding takes.
struct AcceptedEncodings {
    private var qualities: [(name: String, isAccepted: Bool)] = []

    init(_ header: String) {
        for item in header.split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.trimmed }
            guard let name = parts.first, !name.isEmpty else { continue }
            let quality = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }.flatMap {
                Double($0.dropFirst(2))
            }
            qualities.append((name.lowercased(), (quality ?? 1) > 0))
        }
    }

    /// Whether a coding may be sent. Nothing said is everything taken.
    func admit(_ coding: String) -> Bool {
        guard !qualities.isEmpty else { return true }
        let named = qualities.first { $0.name == coding } ?? qualities.first { $0.name == "*" }
        return named?.isAccepted ?? false
    }
}

extension Substring {
    /// Without the blanks around it.
    var trimmed: String {
        let start = drop { $0 == " " || $0 == "\t" }
        let end = start.lastIndex { $0 != " " && $0 != "\t" }
        return end.map { String(start[...$0]) } ?? ""
    }
}
