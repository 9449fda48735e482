extension YAMLNode {
    /// Reads a YAML file of one document; what is ambiguous or a trap is an error.
    ///
    /// Refused are two equal keys in a map, keys that are no single values, a second document, tags other than YAML's
    /// own, an alias of what is not complete yet, and all that is beyond the limits. An empty file is a null.
    public init(yaml bytes: [UInt8], file: String, limits: YAMLLimits = YAMLLimits()) throws(ConfigurationError) {
        guard bytes.count <= limits.bytes else {
            throw ConfigurationError(file: file, "larger than the \(limits.bytes) bytes that it may have")
        }
        // A closure that throws a type of its own can't be passed there.
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<YAMLNode, ConfigurationError> in
            do throws(ConfigurationError) {
                var reader = YAMLReader(events: YAMLEvents(buffer, file: file), limits: limits)
                return .success(try reader.document(file: file))
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }
}

/// Builds nodes of events.
private struct YAMLReader: ~Copyable {
    private var events: YAMLEvents
    private let limits: YAMLLimits
    private var nodeCount = 0
    private var anchors: [String: YAMLNode] = [:]

    init(events: consuming YAMLEvents, limits: YAMLLimits) {
        self.events = events
        self.limits = limits
    }

    mutating func document(file: String) throws(ConfigurationError) -> YAMLNode {
        var root = YAMLNode(.null, FilePosition(file: file, line: 1, column: 1))
        var hasRoot = false
        while true {
            let (event, position) = try events.next()
            switch event {
            case .streamEnd: return root
            case .documentStart where hasRoot:
                throw ConfigurationError(position, "a second document; a configuration is one, without --- inside")
            case .streamStart, .documentStart, .documentEnd: break
            default:
                root = try node(event, position, depth: 1)
                hasRoot = true
            }
        }
    }

    private mutating func node(
        _ event: YAMLEvents.Event,
        _ position: FilePosition,
        depth: Int
    ) throws(ConfigurationError) -> YAMLNode {
        guard depth <= limits.depth else {
            throw ConfigurationError(position, "more than \(limits.depth) levels inside each other")
        }
        switch event {
        case .alias(let name): return try alias(name, position, depth: depth)
        case .scalar(let text, let isQuoted, let properties):
            let tag = try tag(properties, position, among: ["str", "int", "float", "bool", "null"])
            let isText = isQuoted || tag == "str"
            let isNull = !isText && ["", "~", "null", "Null", "NULL"].contains(text)
            return try keep(isNull ? .null : .scalar(text, isQuoted: isText), position, properties)
        case .listStart(let properties):
            _ = try tag(properties, position, among: ["seq"])
            return try keep(.list(list(depth: depth)), position, properties)
        case .mapStart(let properties):
            _ = try tag(properties, position, among: ["map"])
            return try keep(.map(map(depth: depth)), position, properties)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .listEnd, .mapEnd:
            throw ConfigurationError(position, "no YAML: a value should be here")
        }
    }

    private mutating func list(depth: Int) throws(ConfigurationError) -> [YAMLNode] {
        var nodes: [YAMLNode] = []
        while true {
            let (event, position) = try events.next()
            if case .listEnd = event { return nodes }
            nodes.append(try node(event, position, depth: depth + 1))
        }
    }

    private mutating func map(depth: Int) throws(ConfigurationError) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        var merged: [YAMLNode] = []
        while true {
            let (event, position) = try events.next()
            if case .mapEnd = event { break }
            guard case .scalar(let key, let isQuoted, let properties) = event, properties.anchor == nil else {
                throw ConfigurationError(position, "a key must be a single value")
            }
            _ = try tag(properties, position, among: ["str", "int", "float", "bool", "merge"])
            let (valueEvent, valuePosition) = try events.next()
            let value = try node(valueEvent, valuePosition, depth: depth + 1)
            if key == "<<", !isQuoted {
                merged.append(value)
                continue
            }
            if let line = lines.updateValue(position.line, forKey: key) {
                throw ConfigurationError(position, "the key \"\(shown(key))\" is there already, in line \(line)")
            }
            entries.append(YAMLNode.Entry(key: key, position: position, value: value))
        }
        for node in merged { try merge(node, into: &entries, known: &lines) }
        return entries
    }

    /// `<<: *defaults`: the entries of another map, or of a list of maps, where the map has none of its own.
    private mutating func merge(
        _ node: YAMLNode,
        into entries: inout [YAMLNode.Entry],
        known: inout [String: Int]
    ) throws(ConfigurationError) {
        let sources = if case .list(let nodes) = node.content { nodes } else { [node] }
        for source in sources {
            guard case .map(let others) = source.content else {
                throw node.error("after << there must be a map, or a list of maps; this is \(source.kind)")
            }
            for entry in others where known[entry.key] == nil {
                known[entry.key] = entry.position.line
                entries.append(entry)
                try count(entry.value.count, entry.position)
            }
        }
    }

    // MARK: Anchors, tags, limits

    private mutating func alias(
        _ name: String,
        _ position: FilePosition,
        depth: Int
    ) throws(ConfigurationError) -> YAMLNode {
        guard let node = anchors[name] else {
            throw ConfigurationError(position, "no complete value before this has the anchor &\(shown(name))")
        }
        guard depth + node.height - 1 <= limits.depth else {
            throw ConfigurationError(position, "more than \(limits.depth) levels inside each other")
        }
        try count(node.count, position)
        return node
    }

    private mutating func keep(
        _ content: YAMLNode.Content,
        _ position: FilePosition,
        _ properties: YAMLEvents.Properties
    ) throws(ConfigurationError) -> YAMLNode {
        try count(1, position)
        let node = YAMLNode(content, position)
        if let anchor = properties.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func count(_ more: Int, _ position: FilePosition) throws(ConfigurationError) {
        nodeCount += more
        guard nodeCount <= limits.nodes else {
            throw ConfigurationError(position, "more than \(limits.nodes) values, those of aliases counted each time")
        }
    }

    /// The name of a tag of YAML's own, such as `str` of `!!str`; `!` alone asks for text.
    private func tag(
        _ properties: YAMLEvents.Properties,
        _ position: FilePosition,
        among known: [String]
    ) throws(ConfigurationError) -> String? {
        guard let tag = properties.tag else { return nil }
        if tag == "!" { return "str" }
        let prefix = "tag:yaml.org,2002:"
        if tag.hasPrefix(prefix), known.contains(String(tag.dropFirst(prefix.count))) {
            return String(tag.dropFirst(prefix.count))
        }
        throw ConfigurationError(position, "the tag \(shown(tag)) is not for this value; leave it out")
    }
}

/// A text of the file as errors show it: not more of it than helps.
func shown(_ text: String) -> String {
    let start = text.unicodeScalars.prefix(64).map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : Character($0) }
    return String(start) + (text.unicodeScalars.count > 64 ? "…" : "")
}
