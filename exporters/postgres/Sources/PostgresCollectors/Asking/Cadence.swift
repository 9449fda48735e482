import ExporterSDK

/// How often a collector's questions are put to the server.
enum Cadence: Sendable {
    /// At each scrape, with those of all others.
    case scrape
    /// Apart from scrapes and over another connection, this often if not told otherwise: what costs the server more than
    /// a scrape may cost.
    case slow(Duration)
}

/// What a collector's questions are about.
enum Scope: Sendable {
    /// The whole server; any database knows the answer.
    case server
    /// One database, the one that the connection is to.
    case database
}
