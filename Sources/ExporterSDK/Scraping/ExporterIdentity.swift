/// What an exporter is called, in the places where its name shows.
public struct ExporterIdentity: Sendable {
    /// The program's name, `node-exporter`.
    public let program: String
    /// What its metrics' names begin with, `node`.
    public let namespace: String
    /// One sentence: what it exports.
    public let summary: String
    /// The version of this collection of exporters.
    public static let version = "0.1.0"

    /// The program's name as metrics have it, `node_exporter`.
    var metricName: String { String(program.map { $0 == "-" ? "_" : $0 }) }

    /// What an exporter is called.
    public init(program: String, namespace: String, summary: String) {
        self.program = program
        self.namespace = namespace
        self.summary = summary
    }
}
