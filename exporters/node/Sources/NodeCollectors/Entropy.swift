public import ExporterSDK
public import Exposition

/// How much randomness the kernel has gathered for its random numbers.
///
/// Reads `/proc/sys/kernel/random/`; see random(4).
public struct EntropyCollector: Collector {
    public static let name: StaticString = "entropy"
    public static let help: StaticString = "Entropy that the kernel has gathered, from /proc/sys/kernel/random."

    let available = Metric(.gauge, "node_entropy_available_bits", "Bits of available entropy.")
    let poolSize = Metric(.gauge, "node_entropy_pool_size_bits", "Bits of entropy pool.")
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let bits = proc.attribute("sys/kernel/random/entropy_avail")
        let size = proc.attribute("sys/kernel/random/poolsize")
        guard bits != nil || size != nil else { throw .absent("sys/kernel/random: not there") }
        guard bits?.double != nil || size?.double != nil else { throw .failed("sys/kernel/random: no number") }
        if let bits = bits?.double { out.emit(available, bits) }
        if let size = size?.double { out.emit(poolSize, size) }
    }
}
