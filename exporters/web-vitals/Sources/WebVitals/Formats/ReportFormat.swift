import ExporterSDK

/// A report of the browser: Reporting API, Network Error Logging, and the older form of Content Security Policy.
///
/// Only what kind of report it is, and how far a request came, is looked at; addresses are not.
enum ReportFormat {
    /// A report may stand for this many requests at most, where few of them are told of.
    static let weightMax = 1000.0

    static func read(_ reader: inout JSONReader, _ beacon: inout Beacon) throws(JSONError) {
        var type: Bytes?
        var isOldForm = false
        var body: JSONReader?
        guard try reader.beginObject() else { return beacon.append(.rejected(.unknownShape)) }
        while let key = try reader.nextKey() {
            switch key {
            case "type": type = try reader.text()
            case "csp-report":
                isOldForm = true
                try reader.skip()
            case "body":
                body = reader
                try reader.skip()
            default: try reader.skip()
            }
        }
        if isOldForm { return beacon.append(.report(.contentSecurity)) }
        guard let type else { return beacon.append(.rejected(.unknownShape)) }
        let kind = ReportKind(rawValue: type.text) ?? .other
        beacon.append(.report(kind))
        if kind == .networkError, var body { try readNetworkError(&body, &beacon) }
    }

    private static func readNetworkError(_ reader: inout JSONReader, _ beacon: inout Beacon) throws(JSONError) {
        var phase = NetworkPhase.unknown
        var status = 0
        var fraction = 1.0
        guard try reader.beginObject() else { return }
        while let key = try reader.nextKey() {
            switch key {
            case "phase": phase = try reader.text().flatMap { NetworkPhase(rawValue: $0.text) } ?? .unknown
            case "status_code": status = try reader.number().value.flatMap { Int(exactly: $0) } ?? 0
            case "sampling_fraction": fraction = try reader.number().value ?? 1
            default: try reader.skip()
            }
        }
        let weight = fraction > 0 && fraction <= 1 ? min((1 / fraction).rounded(), weightMax) : 1
        beacon.append(.networkReport(phase, StatusClass(status: status), weight: weight))
    }
}
