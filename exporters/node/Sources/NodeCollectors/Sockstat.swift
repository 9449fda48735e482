public import ExporterSDK
public import Exposition
import Glibc

/// How many sockets of each protocol there are, and how much memory they hold.
///
/// Reads `/proc/net/sockstat` and `/proc/net/sockstat6`; see proc_pid_net(5).
public struct SockstatCollector: Collector {
    public static let name: StaticString = "sockstat"
    public static let help: StaticString = "Sockets in use by protocol, from /proc/net/sockstat and sockstat6."

    let used = Metric(.gauge, "node_sockstat_sockets_used", "Number of IPv4 sockets in use.")
    let field = MetricTemplate(
        .gauge,
        "node_sockstat_",
        help: { field in
            let parts = field.split(separator: "_", maxSplits: 1)
            return "Number of \(parts.first ?? "<protocol>") sockets in state \(parts.last ?? "<state>")."
        }
    )
    let proc: FileTree
    let pageBytes = Double(getpagesize())

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let files = (try proc.readIfPresent("net/sockstat"), try proc.readIfPresent("net/sockstat6"))
        guard files.0 != nil || files.1 != nil else { throw .absent("net/sockstat: this kernel has no IP") }
        if let bytes = files.0 { try emit(Self.parse(bytes), into: &out) }
        if let bytes = files.1 { try emit(Self.parse(bytes), into: &out) }
    }

    private func emit(_ states: [State], into out: inout MetricWriter) {
        for state in states {
            if state.family == "sockets" {
                if state.name == "used" { out.emit(used, state.value) }
                continue
            }
            out.emit(field[state.family + [UInt8(ascii: "_")] + state.name], state.value)
            if state.name == "mem" {
                out.emit(field[state.family + "_mem_bytes".utf8], state.value * pageBytes)
            }
        }
    }

    /// One number of a line such as `TCP: inuse 4 orphan 0`.
    struct State: Equatable {
        let family: Bytes
        let name: Bytes
        let value: Double
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [State] {
        var states: [State] = []
        for line in bytes.lines {
            guard let (family, rest) = line.cut(at: ":"), !family.isEmpty else { continue }
            var fields = rest.fields
            while let name = fields.next(), let text = fields.next() {
                if let value = text.double { states.append(State(family: family, name: name, value: value)) }
            }
        }
        guard !states.isEmpty else { throw .failed("net/sockstat: no protocol, in \(bytes.count) bytes") }
        return states
    }
}
