import ExporterSDK
import StrictYAML
import Synchronization

/// The file of custom queries, read at start and, on SIGHUP or `POST /-/reload`, anew.
///
/// At start it has to be good. One that is broken later leaves the queries that there are.
final class CustomQueryFile: Reloadable {
    /// A query with its way to the server.
    struct Entry: Sendable {
        let namespace: String
        let source: Source
        let metrics: CustomMetrics
    }

    /// What is asked now.
    struct Current: Sendable {
        var entries: [Entry] = []
        /// Tells one version of the file from another: that which was read last, whether it was good or not.
        var hash = ""
        /// Whether that version can't be used.
        var isBroken = false
    }

    let reloadName = "custom queries"
    let path: String

    private let owner: String
    private let constantNames: Set<String>
    private let state = Mutex(Current())
    // It has the file, by its collector and for reloading.
    private weak let server: PostgresServer?

    init(_ path: String, _ server: PostgresServer, owner: String) throws(UsageError) {
        self.path = path
        self.owner = owner
        constantNames = Set(try ConstantLabels(server.flags[PeerFlags.labels]).labels.map(\.name))
        self.server = server
        try prepareReload()()
    }

    var current: Current { state.withLock { $0 } }

    func prepareReload() throws(UsageError) -> @Sendable () -> Void {
        var hash = ""
        do throws(ConfigurationError) {
            let read = try ConfigurationFile(path)
            hash = Self.hash(read.bytes)
            let queries: [String: CustomQuery] = try read.decode()
            try check(queries)
            return { [self, hash] in use(queries, hash) }
        } catch {
            state.withLock { state in
                state.hash = hash
                state.isBroken = true
            }
            throw UsageError(error.description)
        }
    }

    /// Throws where a query gives a label that all metrics have already.
    private func check(_ queries: [String: CustomQuery]) throws(ConfigurationError) {
        for (namespace, query) in queries {
            for label in CustomMetrics(namespace, query).legalLabels where constantNames.contains(label) {
                throw ConfigurationError(file: path, "\(namespace): the label \(label) is one of --constantLabels")
            }
        }
    }

    private func use(_ queries: [String: CustomQuery], _ hash: String) {
        guard let server else { return }
        server.forgetSources(of: owner)
        let entries = queries.sorted { $0.key < $1.key }.map { namespace, query in
            let source = server.source(
                // Another version of the file has other questions, and what is known of the former ones is not for them.
                "\(owner)/\(hash)/\(namespace)",
                owner: owner,
                [
                    // As its author knows it: names are found where that role finds them.
                    Query(
                        text: "SELECT pg_catalog.set_config('search_path', $search_path, true)",
                        versions: query.versions
                    ),
                    Query(text: query.sql, versions: query.versions),
                ],
                interval: .seconds(query.cacheSeconds)
            )
            return Entry(namespace: namespace, source: source, metrics: CustomMetrics(namespace, query))
        }
        state.withLock { $0 = Current(entries: entries, hash: hash) }
    }

    /// FNV-1a of 64 bits.
    private static func hash(_ bytes: [UInt8]) -> String {
        let hash = bytes.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
