public import ExporterSDK
import Instruments

/// What the collectors of this exporter are made from: the kernel's files, and instruments that count how they are read.
public struct Machine: Sendable {
    static let folder = Flag("path.procfs", default: "/proc", placeholder: "PATH", help: "Where procfs is mounted.")

    let proc: FileTree
    let registry = Registry()
    let readSeconds: Histogram

    /// The machine whose procfs is mounted where the flags say.
    public init(_ flags: FlagValues) throws(UsageError) {
        proc = FileTree(flags[Self.folder])
        do throws(RegistryError) {
            readSeconds = try registry.histogram(
                "example_read_seconds",
                "How long it took to read a file of the kernel's.",
                buckets: HistogramBuckets([0.0001, 0.001, 0.01], native: NativeBuckets())
            )
        } catch {
            throw UsageError(error.description)
        }
    }
}
