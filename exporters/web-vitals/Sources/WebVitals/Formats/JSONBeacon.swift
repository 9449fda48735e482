import ExporterSDK

/// Reads a beacon that is JSON: one value, an array of them, or several behind one another, as a line each.
///
/// What a value is, its first telling key says. What can be read before an error is kept.
enum JSONBeacon {
    static func read(_ body: Bytes) -> Beacon {
        var beacon = Beacon()
        do throws(JSONError) {
            try JSONReader.read(body) { reader throws(JSONError) in
                repeat { try readValue(&reader, &beacon) } while !reader.isAtEnd && !beacon.isFull
                if !reader.isAtEnd { beacon.append(.rejected(.tooManyItems)) }
            }
        } catch {
            beacon.items.append(.rejected(error == .depth ? .depth : .json))
        }
        return beacon
    }

    private static func readValue(_ reader: inout JSONReader, _ beacon: inout Beacon) throws(JSONError) {
        switch try reader.kind() {
        case .object: try readObject(&reader, &beacon)
        case .array:
            guard try reader.beginArray() else { return }
            while try reader.hasNext() {
                if beacon.isFull {
                    beacon.append(.rejected(.tooManyItems))
                    try reader.skip()
                } else if try reader.kind() == .object {
                    try readObject(&reader, &beacon)
                } else {
                    try reader.skip()
                    beacon.append(.rejected(.unknownShape))
                }
            }
        case .text, .number, .bool, .null:
            try reader.skip()
            beacon.append(.rejected(.unknownShape))
        }
    }

    private static func readObject(_ reader: inout JSONReader, _ beacon: inout Beacon) throws(JSONError) {
        let format = try shape(of: reader)
        if beacon.format == .unknown { beacon.format = format }
        switch format {
        case .agent: try AgentFormat.read(&reader, &beacon)
        case .faro: try FaroFormat.read(&reader, &beacon)
        case .reports: try ReportFormat.read(&reader, &beacon)
        case .webVitals, .boomerang, .unknown: try WebVitalsFormat.read(&reader, &beacon)
        }
    }

    /// What the first key that tells says; the reader is a copy, so nothing is lost by looking.
    private static func shape(of reader: JSONReader) throws(JSONError) -> BeaconFormat {
        var reader = reader
        guard try reader.beginObject() else { return .unknown }
        while let key = try reader.nextKey() {
            switch key {
            case "name", "value": return .webVitals
            case "view": return .agent
            case "meta", "measurements", "events", "exceptions", "logs", "traces": return .faro
            case "csp-report", "body", "user_agent": return .reports
            default: try reader.skip()
            }
        }
        return .unknown
    }
}
