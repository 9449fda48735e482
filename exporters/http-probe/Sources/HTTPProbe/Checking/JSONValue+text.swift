import ExporterSDK

extension JSONValue {
    /// An object of values that are JSON already, sorted by their names.
    static func object(of members: [String: String]) -> String {
        "{" + members.sorted { $0.key < $1.key }.map { $0.key.quotedAsJSON + ":" + $0.value }.joined(separator: ",")
            + "}"
    }
}
