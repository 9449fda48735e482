import StrictYAML

/// One of several requests that a module makes one after the other, with what it takes along from its answer.
///
/// ```yaml
/// steps:
///   - url: /login
///     method: POST
///     body: '{"user": "probe"}'
///     capture: {token: {json: data.token}}
///   - url: /account
///     headers: {Authorization: "Bearer ${token}"}
/// ```
struct StepSetting: ConfigurationMap {
    /// Relative to the target.
    var url: String
    var method: String
    var headers: [String: String]
    var body: String?
    var validStatusCodes: [Int]
    var captures: [(name: String, capture: CaptureSetting)]

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        url = try keys.value("url", default: "")
        body = try keys.optional("body")
        method = try keys.value("method", default: body == nil ? "GET" : "POST")
        guard !method.isEmpty, method.utf8.allSatisfy({ HeaderSetting.isToken($0) }) else {
            throw keys.error("method", "a method such as GET or POST should be here")
        }
        headers = try keys.value("headers", default: [:])
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy(HeaderSetting.isToken), HeaderSetting.isClean(value) else {
                throw keys.error("headers", "\"\(name)\" is no header")
            }
        }
        validStatusCodes = try keys.value("valid_status_codes", default: [])
        captures = try keys.value("capture", default: [String: CaptureSetting]())
            .map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }
}

/// Where a value of an answer is: the first group of a pattern, or a place in JSON.
struct CaptureSetting: ConfigurationMap {
    enum Source: Sendable {
        case pattern(BodyPattern)
        /// Names of members and numbers of elements: `data.items.0.id`.
        case json([String])
        case header(String)
    }

    let source: Source

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        let pattern = try keys.optional("regexp", as: PatternSetting.self)
        let path = try keys.optional("json", as: String.self)
        let header = try keys.optional("header", as: String.self)
        switch (pattern, path, header) {
        case (let pattern?, nil, nil): source = .pattern(pattern.pattern)
        case (nil, let path?, nil): source = .json(path.split(separator: ".").map(String.init))
        case (nil, nil, let header?): source = .header(header)
        default: throw ConfigurationError(keys.position, "one of regexp, json and header should be here")
        }
    }
}
