import CYAML

/// What stands in a YAML file, piece by piece: libyaml's events as values.
///
/// The corresponding C function is `yaml_parser_parse`; see yaml.h.
struct YAMLEvents: ~Copyable {
    enum Event {
        case streamStart, streamEnd, documentStart, documentEnd, listEnd, mapEnd
        case alias(String)
        case scalar(String, isQuoted: Bool, Properties)
        case listStart(Properties)
        case mapStart(Properties)
    }

    /// What may stand before a value: `!tag` and `&anchor`.
    struct Properties {
        let tag: String?
        let anchor: String?
    }

    private let file: String
    // On the heap, as libyaml keeps a pointer to it.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let isReady: Bool

    /// The events of these bytes, which must stay where they are as long as this lives.
    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
        self.file = file
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        isReady = yaml_parser_initialize(parser) != 0
        guard isReady else { return }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        if isReady { yaml_parser_delete(parser) }
        parser.deallocate()
    }

    /// The next event and where it begins. After `streamEnd` there is none.
    mutating func next() throws(ConfigurationError) -> (Event, FilePosition) {
        guard isReady else { throw ConfigurationError(file: file, "no memory to read it") }
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) != 0 else { throw problem }
        defer { yaml_event_delete(&event) }
        return (try Self.event(event, problem), position(event.start_mark))
    }

    private static func event(
        _ event: yaml_event_t,
        _ problem: @autoclosure () -> ConfigurationError
    ) throws(ConfigurationError) -> Event {
        let data = event.data
        switch event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_STREAM_END_EVENT: return .streamEnd
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_SEQUENCE_END_EVENT: return .listEnd
        case YAML_MAPPING_END_EVENT: return .mapEnd
        case YAML_ALIAS_EVENT: return .alias(text(data.alias.anchor) ?? "")
        case YAML_SEQUENCE_START_EVENT:
            return .listStart(
                Properties(tag: text(data.sequence_start.tag), anchor: text(data.sequence_start.anchor))
            )
        case YAML_MAPPING_START_EVENT:
            return .mapStart(Properties(tag: text(data.mapping_start.tag), anchor: text(data.mapping_start.anchor)))
        case YAML_SCALAR_EVENT:
            let scalar = data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return .scalar(
                String(decoding: bytes, as: UTF8.self),
                isQuoted: scalar.style != YAML_PLAIN_SCALAR_STYLE,
                Properties(tag: text(scalar.tag), anchor: text(scalar.anchor))
            )
        default: throw problem()
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func position(_ mark: yaml_mark_t) -> FilePosition {
        FilePosition(file: file, line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
    }

    private var problem: ConfigurationError {
        let parser = parser.pointee
        let text = parser.problem.map { String(cString: $0) } ?? "this is no YAML"
        if parser.error == YAML_MEMORY_ERROR { return ConfigurationError(file: file, "no memory to read it") }
        if parser.error == YAML_READER_ERROR {
            return ConfigurationError(file: file, "no text in UTF-8: \(text), at byte \(parser.problem_offset)")
        }
        return ConfigurationError(position(parser.problem_mark), "no YAML: \(text)")
    }
}
