import ExporterSDK
import Exposition
import Glibc
import Synchronization

/// A text file as it was read: its families, or why there are none.
struct TextfileContent: Sendable {
    /// What changes when a file does.
    struct Identity: Equatable {
        var device: dev_t
        var inode: ino_t
        var size: Int
        var modified: [Int]

        init(_ status: stat) {
            device = status.st_dev
            inode = status.st_ino
            size = Int(status.st_size)
            let (written, changed) = (status.st_mtim, status.st_ctim)
            modified = [written.tv_sec, written.tv_nsec, changed.tv_sec, changed.tv_nsec]
        }
    }

    let path: [UInt8]
    /// No two readings have the same number.
    var reading: Int
    var identity: Identity?
    /// Whether a further change would show in the identity. One within the same tick of the file system's clock, right
    /// after reading, would not.
    var isSettled = false
    var families: [TextfileFamily] = []
    var error: String?

    /// When it was written, in whole seconds since 1970.
    var modified: Double { Double(identity?.modified.first ?? 0) }
    /// How many bytes of it were read.
    var bytes: Int { error == nil ? identity?.size ?? 0 : 0 }
}

/// Reads text files that anybody may have put there.
///
/// Only regular files are opened, and those without waiting: a FIFO, a device or a socket by that name would hang a
/// scrape, or do something to who opens it.
struct TextfileReader: Sendable {
    /// Largest file that is read.
    let fileBytesMax: Int
    /// How many bytes all files together may have.
    var totalBytesMax: Int { fileBytesMax * 4 }

    private static let readings = Atomic(0)
    /// Ticks of file systems' clocks are shorter: 2 s on FAT.
    private static let settlesAfter = 3

    /// A reader of files that are not larger; 1 GiB is the most that can be asked for.
    init(fileBytesMax: Int) { self.fileBytesMax = min(max(fileBytesMax, 0), 1 << 30) }

    /// The file at this path; what was read last where it has not changed since.
    func read(
        _ path: [UInt8],
        last: TextfileContent?,
        bytesLeft: Int,
        _ context: ScrapeContext
    ) -> TextfileContent {
        var content = TextfileContent(path: path, reading: 0)
        do throws(TextfileError) {
            let status = try Self.status(path)
            let identity = TextfileContent.Identity(status)
            content.identity = identity
            guard identity.size <= fileBytesMax else {
                throw TextfileError("\(identity.size) bytes: more than \(fileBytesMax) are not read")
            }
            guard identity.size <= bytesLeft else { throw TextfileError("too many bytes in all files together") }
            if let last, last.isSettled, last.identity == identity { return last }
            let bytes = try Self.bytes(of: path, max: identity.size, context)
            content.isSettled = abs(time(nil) - status.st_mtim.tv_sec) >= Self.settlesAfter
            content.families = try Self.parse(bytes)
        } catch {
            content.error = error.text
            if let last, last.error == error.text, last.identity == content.identity { return last }
        }
        content.reading = Self.readings.wrappingAdd(1, ordering: .relaxed).newValue
        return content
    }

    /// The families of a text. What other readers let pass, samples of a family apart from each other, is let pass.
    static func parse(_ bytes: [UInt8]) throws(TextfileError) -> [TextfileFamily] {
        let limits = ParseLimits(samples: MetricWriter.Limits().samples)
        let exposition: ParsedExposition
        do throws(ParseError) {
            exposition = try TextParser.parse(bytes, limits: limits, allowsDisorder: true)
        } catch {
            throw TextfileError("\(error)")
        }
        for family in exposition.families {
            if let sample = family.samples.first(where: { $0.timestamp != nil }) {
                throw TextfileError("\(sample.name) has a timestamp: leave it out, the time of the scrape counts")
            }
        }
        return exposition.families.map { TextfileFamily($0) }
    }

    // MARK: System calls

    private static func status(_ path: [UInt8]) throws(TextfileError) -> stat {
        var status = stat()
        try check { stat(cString(path), &status) }
        try checkIsRegular(status)
        return status
    }

    private static func bytes(
        of path: [UInt8],
        max: Int,
        _ context: ScrapeContext
    ) throws(TextfileError) -> [UInt8] {
        let descriptor = try check { open(cString(path), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
        defer { close(descriptor) }
        // Another file may have come to this place meanwhile.
        var status = stat()
        try check { fstat(descriptor, &status) }
        try checkIsRegular(status)
        // One more byte than there should be, to see whether it grew.
        var bytes = [UInt8](repeating: 0, count: max + 1)
        var length = 0
        while length < bytes.count {
            guard !context.isCancelled else { throw TextfileError("not read before the deadline") }
            let chunk = min(bytes.count - length, 1 << 20)
            let count = try check {
                bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress?.advanced(by: length), chunk) }
            }
            if count == 0 { break }
            length += count
        }
        guard length <= max else { throw TextfileError("it grew while it was read") }
        bytes.removeLast(bytes.count - length)
        return bytes
    }

    private static func checkIsRegular(_ status: stat) throws(TextfileError) {
        guard status.st_mode & S_IFMT == S_IFREG else { throw TextfileError("not a regular file") }
    }

    @discardableResult
    private static func check<Result: SignedInteger>(_ call: () -> Result) throws(TextfileError) -> Result {
        do throws(SystemError) {
            return try SystemError.check(call)
        } catch {
            throw TextfileError("\(error)")
        }
    }

    private static func cString(_ path: [UInt8]) -> [CChar] { path.map { CChar(bitPattern: $0) } + [0] }
}

/// Why a text file is left out.
struct TextfileError: Error, Equatable {
    let text: String

    init(_ text: String) { self.text = text }
}
