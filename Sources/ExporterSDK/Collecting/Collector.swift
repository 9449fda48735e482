public import Exposition

/// Something that reads one source and writes its samples.
///
/// A collector is one file, listed once in its exporter's array of collectors. From `name` come the flags
/// `--collector.NAME` and `--no-collector.NAME`, `collect[]=NAME` in the scrape's URL, the `collector` label of
/// `*_scrape_collector_success`, the row in the README and the golden file `NAME.prom`. Its metrics are its stored
/// properties, so the same declaration gives exposition, README table and lint:
///
/// ```swift
/// /// Load averages. Reads `/proc/loadavg`; see proc_loadavg(5).
/// public struct LoadAverageCollector: Collector {
///     public static let name: StaticString = "loadavg"
///     public static let help: StaticString = "Exposes load average."
///
///     let load1 = Metric(.gauge, "node_load1", "1m load average.")
///     let proc: FileTree
///
///     public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }
///
///     public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
///         var fields = try proc.read("loadavg").fields
///         guard let load = fields.next()?.double else { throw .failed("/proc/loadavg: no number") }
///         out.emit(load1, load)
///     }
/// }
/// ```
///
/// What the frame does, and a collector therefore does not: time it, catch its error, drop what it wrote before it
/// failed, log a failure when it starts and when it ends, answer without it when it hangs.
public protocol Collector<Environment>: Sendable {
    /// What an exporter's collectors are made from: for a host its `/proc` and `/sys`, for a database its connection.
    associatedtype Environment

    /// The name in flags, URLs, labels and documentation.
    static var name: StaticString { get }
    /// One sentence for `--help` and the README.
    static var help: StaticString { get }
    /// Whether it runs unless `--no-collector.NAME` is given.
    static var isEnabledByDefault: Bool { get }
    /// The flags that are this collector's own.
    static var flags: [any FlagDeclaration] { get }

    /// What it may write, for documentation and checks; by default the metrics that its stored properties hold.
    var metrics: [any MetricDeclaration] { get }

    /// Makes the collector once, at start; throws where the flags' values don't go together.
    init(_ environment: Environment, _ flags: FlagValues) throws(UsageError)

    /// Writes this scrape's samples.
    ///
    /// Called on a thread that may block, never twice at the same time. Throws ``CollectorError/absent(_:)`` where the
    /// source does not exist on this host, ``CollectorError/failed(_:)`` where it can't be read.
    func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError)
}

extension Collector {
    public static var isEnabledByDefault: Bool { true }
    public static var flags: [any FlagDeclaration] { [] }

    /// The metrics in the order of declaration: stored properties, and elements of such.
    public var metrics: [any MetricDeclaration] { declaredMetrics(in: self, depth: 3) }
}

private func declaredMetrics(in value: Any, depth: Int) -> [any MetricDeclaration] {
    if let metric = value as? any MetricDeclaration { return [metric] }
    guard depth > 0 else { return [] }
    return Mirror(reflecting: value).children.flatMap { declaredMetrics(in: $0.value, depth: depth - 1) }
}

/// Why a collector has nothing to say.
public enum CollectorError: Error, Equatable {
    /// The source does not exist on this host, which is no error: `*_scrape_collector_absent` says so.
    case absent(String)
    /// The source exists and can't be read or understood; the text names it and says what is wrong.
    case failed(String)
}

extension CollectorError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .absent(let reason), .failed(let reason): reason
        }
    }
}
