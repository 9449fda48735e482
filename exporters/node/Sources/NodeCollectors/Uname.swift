public import ExporterSDK
public import Exposition
import Glibc

/// Which kernel runs, on what machine, under which name.
///
/// Asks the kernel; see uname(2).
public struct UnameCollector: Collector {
    public static let name: StaticString = "uname"
    public static let help: StaticString = "Name and version of the kernel and the name of the host, as uname(2) says."

    let info = Metric(
        .gauge,
        "node_uname_info",
        "Labeled system information as provided by the uname system call.",
        labels: ["sysname", "release", "version", "machine", "nodename", "domainname"]
    )

    public init(_ host: Host, _ flags: FlagValues) {}

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        var names = utsname()
        guard uname(&names) == 0 else { throw .failed("uname: \(SystemError(code: errno))") }
        out.emit(
            info,
            1,
            [
                Self.label(names.sysname), Self.label(names.release), Self.label(names.version),
                Self.label(names.machine), Self.label(names.nodename), Self.label(names.__domainname),
            ]
        )
    }

    /// The text in a field of the kernel's structure, which ends with a zero where it is not full.
    static func label<Field>(_ field: Field) -> LabelValue {
        withUnsafeBytes(of: field) { .bytes(Bytes($0.prefix { $0 != 0 })) }
    }
}
