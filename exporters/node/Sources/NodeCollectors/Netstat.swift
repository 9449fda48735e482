public import ExporterSDK
public import Exposition
import Synchronization

/// What the kernel's network protocols have counted: segments, datagrams, errors, retransmissions.
///
/// Reads `/proc/net/netstat`, `/proc/net/snmp` and `/proc/net/snmp6`; see
/// <https://www.kernel.org/doc/html/latest/networking/snmp_counter.html>.
public final class NetstatCollector: Collector {
    public static let name: StaticString = "netstat"
    public static let help: StaticString = "Counters of IP, TCP, UDP and ICMP, from /proc/net/netstat, snmp and snmp6."

    static let fields = Flag(
        "collector.netstat.fields",
        default: try? Pattern(
            """
            ^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|\
            TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|\
            Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|\
            Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$
            """
        ),
        placeholder: "REGEXP",
        help: "Counters to expose, as Protocol_Name."
    )
    public static let flags: [any FlagDeclaration] = [fields]

    let field = MetricTemplate(
        .untyped,
        "node_netstat_",
        help: { "Statistic \($0.split(separator: "_", maxSplits: 1).joined())." }
    )
    let proc: FileTree
    let wanted: NameFilter

    /// Which columns of a table are wanted, found once for its heading: there are 400, of which 40 are exposed.
    private struct Columns {
        var heading: [UInt8] = []
        var metrics: [(index: Int, metric: Metric<0>)] = []
    }
    private struct Known {
        var tables: [Columns] = []
        var lines: [NameKey: Metric<0>?] = [:]
    }
    private let known = Mutex(Known())
    private static let knownMax = 4096

    public init(_ host: Host, _ flags: FlagValues) {
        proc = host.proc
        wanted = NameFilter(include: flags[Self.fields])
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        var tables: [Table] = []
        if let bytes = try proc.readIfPresent("net/netstat") { tables += try Self.parseTables(bytes) }
        if let bytes = try proc.readIfPresent("net/snmp") { tables += try Self.parseTables(bytes) }
        // A kernel without IPv6 does not have this file.
        let lines = try proc.readIfPresent("net/snmp6").map(Self.parseLines) ?? []
        guard !tables.isEmpty || !lines.isEmpty else { throw .absent("net/snmp: this kernel has no IP") }
        known.withLock { known in
            for (index, table) in tables.enumerated() {
                emit(table, columns(of: table, at: index, &known.tables), into: &out)
            }
            for line in lines {
                if let metric = metric(of: line.name, &known.lines), let value = line.value.double {
                    out.emit(metric, value)
                }
            }
        }
    }

    // MARK: Tables: a line of names, then a line of values

    /// Two lines: `Tcp: ActiveOpens PassiveOpens` and `Tcp: 3556 230`.
    struct Table: Equatable {
        let heading: Bytes
        let values: Bytes
    }

    static func parseTables(_ bytes: Bytes) throws(CollectorError) -> [Table] {
        var tables: [Table] = []
        var lines = bytes.lines
        while let heading = lines.next(), let values = lines.next() {
            guard let (protocolName, _) = heading.cut(at: ":"), let (again, rest) = values.cut(at: ":"),
                !protocolName.isEmpty, protocolName == again
            else { continue }
            tables.append(Table(heading: heading, values: rest))
        }
        guard !tables.isEmpty else { throw .failed("net/netstat, net/snmp: no table, in \(bytes.count) bytes") }
        return tables
    }

    private func columns(of table: Table, at index: Int, _ known: inout [Columns]) -> Columns {
        while known.count <= index { known.append(Columns()) }
        if !known[index].heading.elementsEqual(table.heading) {
            known[index] = Columns(heading: Array(table.heading), metrics: wantedColumns(of: table.heading))
        }
        return known[index]
    }

    private func wantedColumns(of heading: Bytes) -> [(index: Int, metric: Metric<0>)] {
        guard let (protocolName, names) = heading.cut(at: ":") else { return [] }
        var metrics: [(Int, Metric<0>)] = []
        for (index, name) in names.fields.enumerated() {
            let key = protocolName + [UInt8(ascii: "_")] + name
            if wanted.accepts(key) { metrics.append((index, field[key])) }
        }
        return metrics
    }

    private func emit(_ table: Table, _ columns: Columns, into out: inout MetricWriter) {
        var next = columns.metrics.makeIterator()
        guard var column = next.next() else { return }
        for (index, text) in table.values.fields.enumerated() where index == column.index {
            if let value = text.double { out.emit(column.metric, value) }
            guard let following = next.next() else { return }
            column = following
        }
    }

    // MARK: Lines: a name and a value each

    static func parseLines(_ bytes: Bytes) -> [(name: Bytes, value: Bytes)] {
        var parsed: [(Bytes, Bytes)] = []
        parsed.reserveCapacity(128)
        for line in bytes.lines {
            var fields = line.fields
            if let name = fields.next(), let value = fields.next() { parsed.append((name, value)) }
        }
        return parsed
    }

    private func metric(of name: Bytes, _ known: inout [NameKey: Metric<0>?]) -> Metric<0>? {
        if let metric = known[NameKey(name)] { return metric }
        if known.count >= Self.knownMax { known.removeAll() }
        var metric: Metric<0>?
        if let key = Self.key(name), wanted.accepts(key) { metric = field[key] }
        known[NameKey(name).kept] = .some(metric)
        return metric
    }

    /// `Ip6InReceives` is the counter `InReceives` of the protocol `Ip6`.
    static func key(_ name: Bytes) -> Bytes? {
        guard let six = name.firstIndex(of: UInt8(ascii: "6")) else { return nil }
        return name[...six] + [UInt8(ascii: "_")] + name[(six + 1)...]
    }
}
