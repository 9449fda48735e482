public import ExporterSDK
public import Exposition

/// How many bytes wait in the queues of all UDP sockets, to be sent or to be read by their programs.
///
/// Reads `/proc/net/udp` and `/proc/net/udp6`; see proc_pid_net(5).
public struct UdpQueuesCollector: Collector {
    public static let name: StaticString = "udp_queues"
    public static let help: StaticString = "Bytes waiting in UDP sockets, from /proc/net/udp and udp6."

    let queues = Metric(
        .gauge,
        "node_udp_queues",
        "Number of allocated memory in the kernel for UDP datagrams in bytes.",
        labels: ["queue", "ip"]
    )
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let v4 = try proc.readIfPresent("net/udp").map(Self.parse)
        let v6 = try proc.readIfPresent("net/udp6").map(Self.parse)
        guard v4 != nil || v6 != nil else { throw .absent("net/udp: this kernel has no UDP") }
        if let v4 { emit(v4, "v4", into: &out) }
        if let v6 { emit(v6, "v6", into: &out) }
    }

    private func emit(_ bytes: Queues, _ version: LabelValue, into out: inout MetricWriter) {
        out.emit(queues, bytes.sending, ["tx", version])
        out.emit(queues, bytes.received, ["rx", version])
    }

    struct Queues: Equatable {
        var sending: Double = 0
        var received: Double = 0
    }

    /// The sum over all sockets of the fifth column, `tx_queue:rx_queue` in hexadecimal.
    static func parse(_ bytes: Bytes) throws(CollectorError) -> Queues {
        var lines = bytes.lines
        guard let heading = lines.next(), heading.trimmed.starts(with: "sl") else {
            throw .failed("net/udp: no heading, in \(bytes.count) bytes")
        }
        var queues = Queues()
        for line in lines {
            var fields = line.fields.dropFirst(4).makeIterator()
            guard let (sending, received) = fields.next()?.cut(at: ":"),
                let sending = sending.hex, let received = received.hex
            else { continue }
            queues.sending += Double(sending)
            queues.received += Double(received)
        }
        return queues
    }
}
