public import ExporterSDK
public import Exposition
import Synchronization

/// Metrics that others write into files: a backup's time, a disk's health, a package manager's state.
///
/// Reads `*.prom` in the given folders, in the text format:
/// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>. Write the file under another name
/// first and rename it then, so that nobody reads half of it.
public final class TextfileCollector: Collector {
    public static let name: StaticString = "textfile"
    public static let help: StaticString = "Metrics from *.prom files that other programs write, one folder or several."
    public static let flags: [any FlagDeclaration] = [directories, fileBytesMax]

    static let directories = Flag<[String]>(
        "collector.textfile.directory",
        default: [],
        placeholder: "PATH",
        help: "Directory to read text files with metrics from, supports glob matching. (repeatable)"
    )
    static let fileBytesMax = Flag(
        "collector.textfile.max-file-bytes",
        default: 16 << 20,
        placeholder: "BYTES",
        help: "Largest text file that is read; all together may have four times as many bytes."
    )

    let modified = Metric(
        .gauge,
        "node_textfile_mtime_seconds",
        "Unixtime mtime of textfiles successfully read.",
        labels: ["file"]
    )
    let scrapeError = Metric(
        .gauge,
        "node_textfile_scrape_error",
        "1 if there was an error opening or reading a file, 0 otherwise"
    )
    let problem = Metric(
        .info,
        "node_textfile_error_info",
        "Why a text file, or a part of it, is left out.",
        labels: ["file", "error"]
    )

    /// So many problems are told apart; there may be one for each sample of each file.
    private static let problemsMax = 20

    private let folders: [String]
    private let reader: TextfileReader
    private let known = Mutex(Known())

    /// What is kept between scrapes, so that a file which did not change costs one stat(2).
    private struct Known {
        var files: [[UInt8]: TextfileContent] = [:]
        /// The readings of which `merged` is made.
        var readings: [Int] = []
        var merged = MergedTextfiles([])
    }

    public init(_ host: Host, _ flags: FlagValues) {
        folders = flags[Self.directories].filter { !$0.isEmpty }
        reader = TextfileReader(fileBytesMax: flags[Self.fileBytesMax])
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let found = TextfileFolders.list(folders)
        let merged = try known.withLock { known throws(CollectorError) in
            let files = try read(found.files, &known, context)
            let readings = files.map(\.reading)
            if readings != known.readings {
                known.merged = MergedTextfiles(files)
                known.readings = readings
            }
            return known.merged
        }
        for family in merged.families { family.write(into: &out) }
        for (file, labels) in merged.modified { out.emit(modified, file, labels) }
        let problems = found.problems + merged.problems
        for (path, text) in problems.prefix(Self.problemsMax) {
            out.emit(problem, 1, [.init(Bytes(path)), .init(text)])
        }
        out.emit(scrapeError, problems.isEmpty ? 0 : 1)
    }

    /// The files' contents, read where they are new or have changed. What was read stays known if time runs out.
    private func read(
        _ paths: [[UInt8]],
        _ known: inout Known,
        _ context: ScrapeContext
    ) throws(CollectorError) -> [TextfileContent] {
        var files: [TextfileContent] = []
        var bytesLeft = reader.totalBytesMax
        for path in paths {
            guard !context.isCancelled else {
                throw .failed("only \(files.count) of \(paths.count) files were read before the deadline")
            }
            let file = reader.read(path, last: known.files[path], bytesLeft: bytesLeft, context)
            bytesLeft -= file.bytes
            files.append(file)
            known.files[path] = file
        }
        if known.files.count > files.count {
            known.files = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
        }
        return files
    }
}
