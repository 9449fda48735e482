public import ExporterSDK
public import Exposition

/// How full the table of tracked connections is, and what happened to packets that did not get into it.
///
/// Reads `/proc/sys/net/netfilter/nf_conntrack_{count,max}`, see
/// <https://docs.kernel.org/networking/nf_conntrack-sysctl.html>, and `/proc/net/stat/nf_conntrack`.
public struct ConntrackCollector: Collector {
    public static let name: StaticString = "conntrack"
    public static let help: StaticString = "Tracked connections, their limit, and packets that could not be tracked."

    let entries = Metric(
        .gauge,
        "node_nf_conntrack_entries",
        "Number of currently allocated flow entries for connection tracking."
    )
    let limit = Metric(
        .gauge,
        "node_nf_conntrack_entries_limit",
        "Maximum size of connection tracking table."
    )
    let found = Metric(
        .gauge,
        "node_nf_conntrack_stat_found",
        "Number of searched entries which were successful."
    )
    let invalid = Metric(
        .gauge,
        "node_nf_conntrack_stat_invalid",
        "Number of packets seen which can not be tracked."
    )
    let ignore = Metric(
        .gauge,
        "node_nf_conntrack_stat_ignore",
        "Number of packets seen which are already connected to a conntrack entry."
    )
    let insert = Metric(
        .gauge,
        "node_nf_conntrack_stat_insert",
        "Number of entries inserted into the list."
    )
    let insertFailed = Metric(
        .gauge,
        "node_nf_conntrack_stat_insert_failed",
        "Number of entries for which list insertion was attempted but failed."
    )
    let drop = Metric(
        .gauge,
        "node_nf_conntrack_stat_drop",
        "Number of packets dropped due to conntrack failure."
    )
    let earlyDrop = Metric(
        .gauge,
        "node_nf_conntrack_stat_early_drop",
        "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached."
    )
    let searchRestart = Metric(
        .gauge,
        "node_nf_conntrack_stat_search_restart",
        "Number of conntrack table lookups which had to be restarted due to hashtable resizes."
    )
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let count = proc.attribute("sys/net/netfilter/nf_conntrack_count")?.double
        let most = proc.attribute("sys/net/netfilter/nf_conntrack_max")?.double
        let sums = try proc.readIfPresent("net/stat/nf_conntrack").map(Self.parse) ?? [:]
        guard count != nil || most != nil || !sums.isEmpty else {
            throw .absent("sys/net/netfilter: connections are not tracked here")
        }
        if let count { out.emit(entries, count) }
        if let most { out.emit(limit, most) }
        for (metric, column) in [
            (found, "found"), (invalid, "invalid"), (ignore, "ignore"), (insert, "insert"),
            (insertFailed, "insert_failed"), (drop, "drop"), (earlyDrop, "early_drop"),
            (searchRestart, "search_restart"),
        ] {
            if let sum = sums[column] { out.emit(metric, sum) }
        }
    }

    /// The sum over the CPUs of each column, by the name that heads it; the numbers are hexadecimal.
    static func parse(_ bytes: Bytes) throws(CollectorError) -> [String: Double] {
        var lines = bytes.lines
        let columns = lines.next()?.fields.map(\.text) ?? []
        var sums: [String: Double] = [:]
        for line in lines {
            for (column, value) in zip(columns, line.fields) {
                if let value = value.hex { sums[column, default: 0] += Double(value) }
            }
        }
        guard !sums.isEmpty else { throw .failed("net/stat/nf_conntrack: no number, in \(bytes.count) bytes") }
        return sums
    }
}
