public import ExporterSDK
public import Exposition

/// How many files are open in the whole host, and how many may be.
///
/// Reads `/proc/sys/fs/file-nr`; see proc_sys_fs(5).
public struct FilefdCollector: Collector {
    public static let name: StaticString = "filefd"
    public static let help: StaticString = "Open files of the whole host and their limit, from /proc/sys/fs/file-nr."

    let allocated = Metric(.gauge, "node_filefd_allocated", "File descriptor statistics: allocated.")
    let maximum = Metric(.gauge, "node_filefd_maximum", "File descriptor statistics: maximum.")
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let files = try Self.parse(proc.read("sys/fs/file-nr"))
        out.emit(allocated, files.allocated)
        out.emit(maximum, files.maximum)
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> (allocated: Double, maximum: Double) {
        var fields = bytes.trimmed.fields
        // Between the two stands what was allocated and is not used, which is always 0 since Linux 2.6.
        guard let allocated = fields.next()?.double, fields.next() != nil, let maximum = fields.next()?.double else {
            throw .failed("sys/fs/file-nr: expected three numbers, got \"\(bytes.prefix(64).trimmed.text)\"")
        }
        return (allocated, maximum)
    }
}
