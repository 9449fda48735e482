import ExporterSDK

/// The message of our own agent, `Browser/agent.js`: an object a view, most of it objects of numbers by name.
enum AgentFormat {
    /// Names in one of these objects; more are not looked at.
    private static let namesMax = 64
    /// The largest count that is believed: a page does not do more between two messages.
    private static let countMax = 1e12
    static func read(_ reader: inout JSONReader, _ beacon: inout Beacon) throws(JSONError) {
        var message = AgentMessage()
        var vitals = AgentVitals()
        var hasVitals = false
        var hasView = false
        guard try reader.beginObject() else { return beacon.append(.rejected(.unknownShape)) }
        while let key = try reader.nextKey() {
            switch key {
            case "view":
                guard let text = try reader.text(), !text.isEmpty else { continue }
                message.view = Identifier.hash(text)
                hasView = true
            case "seq": message.sequence = try reader.number().value.flatMap { UInt64(exactly: $0) } ?? 0
            case "page": message.page = try reader.text()
            case "nav": message.navigation = try reader.text().map { Navigation($0) } ?? .unknown
            case "entry": message.isEntry = try reader.bool() ?? false
            case "end": message.isEnd = try reader.bool() ?? false
            case "engaged": message.isEngaged = try reader.bool() ?? false
            case "continued": message.isContinued = try reader.bool() ?? false
            case "bot": message.isDriven = try reader.bool() ?? false
            case "view_ms": message.viewMilliseconds = try reader.number().value
            case "guessed": message.isGuessed = try reader.bool() ?? false
            case "sr": message.sampleRate = sampleRate(try reader.number())
            case "m": hasVitals = try readVitals(&reader, &vitals, &message)
            case "tti":
                vitals.outcome = try reader.text().flatMap { AgentMessage.InteractiveOutcome(rawValue: $0.text) }
            case "weight":
                try forEachCount(&reader) { name, bytes in
                    guard let type = ResourceType(rawValue: name.text) else { return }
                    vitals.weight.append((type, Double(bytes)))
                }
            default: try readCounts(key, &reader, &message)
            }
        }
        guard hasView else { return beacon.append(.rejected(.noName)) }
        if hasVitals { message.vitals = vitals }
        beacon.append(.agent(message))
    }

    private static func sampleRate(_ rate: JSONNumber) -> Double {
        guard let rate = rate.value, rate > 0, rate <= 1 else { return 1 }
        return rate
    }

    private static func readVitals(
        _ reader: inout JSONReader,
        _ vitals: inout AgentVitals,
        _ message: inout AgentMessage
    ) throws(JSONError) -> Bool {
        guard try reader.beginObject() else { return false }
        while let key = try reader.nextKey() {
            guard let vital = Vital(agentName: key) else {
                try reader.skip()
                continue
            }
            let item = VitalItem.checked(
                vital,
                try reader.number(),
                id: nil,
                isFirst: true,
                // Here a zero says that there was nothing to wait for, which the agent leaves out where it can't be.
                navigation: .prerender,
                page: nil
            )
            switch item {
            case .vital(let item): vitals[vital] = item.value
            case .rejected(let reason): message.rejections.append(reason)
            default: break
            }
        }
        return true
    }

    /// The objects of counts; what is none of them is passed over.
    private static func readCounts(
        _ key: JSONKey,
        _ reader: inout JSONReader,
        _ message: inout AgentMessage
    ) throws(JSONError) {
        switch key {
        case "error": try readFailures(.error, &reader, &message)
        case "rejection": try readFailures(.rejection, &reader, &message)
        case "resource": try readFailures(.resource, &reader, &message)
        case "api":
            try forEachCount(&reader) { message.answers.append((StatusClass(rawValue: $0.text) ?? .unknown, $1)) }
        case "files": try forEachCount(&reader) { message.files.append((type($0), $1)) }
        case "bytes": try forEachCount(&reader) { message.bytes.append((type($0), $1)) }
        case "transfer": try forEachCount(&reader) { message.transfer.append((type($0), $1)) }
        case "images":
            try forEachCount(&reader) { name, count in
                guard let parts = Bytes(name.text).cut(at: "/"), let verdict = ImageVerdict(rawValue: parts.after.text)
                else {
                    return
                }
                message.images.append((ImageFormat(parts.before), verdict, count))
            }
        case "wasted": try forEachCount(&reader) { message.wastedBytes.append((ImageFormat(Bytes($0.text)), $1)) }
        case "long":
            try forEachCount(&reader) { name, count in
                if name == "tasks" { message.longTasks = count }
                if name == "ms" { message.longTaskMilliseconds = count }
            }
        case "visible": try forEachCount(&reader) { if $0 == "ms" { message.visibleMilliseconds = $1 } }
        default: try reader.skip()
        }
    }

    private static func type(_ name: JSONKey) -> ResourceType {
        let type = ResourceType(rawValue: name.text) ?? .other
        return type == .total ? .other : type
    }

    private static func readFailures(
        _ kind: FailureKind,
        _ reader: inout JSONReader,
        _ message: inout AgentMessage
    ) throws(JSONError) {
        try forEachCount(&reader) { message.failures.append((kind, ErrorClass($0.text), $1)) }
    }

    /// Goes through an object of whole numbers; those that are none are passed over.
    private static func forEachCount(
        _ reader: inout JSONReader,
        _ body: (_ name: JSONKey, _ count: Int) -> Void
    ) throws(JSONError) {
        guard try reader.beginObject() else { return }
        var names = 0
        while let name = try reader.nextKey() {
            names += 1
            guard let number = try reader.number().value, names <= namesMax, number >= 0, number <= countMax,
                let count = Int(exactly: number.rounded())
            else { continue }
            body(name, count)
        }
    }
}
