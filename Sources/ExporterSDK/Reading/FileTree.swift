import Glibc
import Synchronization

/// A tree of the kernel's files, `/proc` or `/sys`, or a folder of fixtures in its place.
///
/// A file read at each scrape is kept open and read again with `pread`, which costs a third of open, read and close.
/// Files of devices that have gone are noticed (the kernel answers ENODEV) and opened anew. Files of other filesystems
/// are opened for each read, as they may be replaced.
public final class FileTree: Sendable {
    /// What a read file may have at most; a larger one is an error.
    public static let fileBytesMax = 16 << 20
    /// How many files are kept open at most; beyond that a file is opened for each read.
    public static let keptFilesMax = 1024

    /// The path of the tree's root.
    public let root: String

    private let kept = Mutex<KeptFiles>(KeptFiles())

    private struct KeptFiles {
        var files: [String: KeptFile] = [:]
        var lastSweep = ContinuousClock.now
    }

    /// The tree below this path.
    public init(_ root: String) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    /// The path of a file of the tree.
    public func path(_ name: String) -> String { root == "/" ? "/\(name)" : "\(root)/\(name)" }

    // MARK: Whole files

    /// Reads a whole file.
    ///
    /// Throws `.absent` where there is no such file, `.failed` with path and reason where it can't be read. Files of
    /// processes and others that are not read each time want `keep: false`.
    public func read(_ name: String, keep: Bool = true) throws(CollectorError) -> Bytes {
        do throws(SystemError) {
            return try bytes(of: name, keep: keep, isAttribute: false)
        } catch {
            throw Self.collectorError(path(name), error)
        }
    }

    /// As `read`, but nil where there is no such file.
    public func readIfPresent(_ name: String, keep: Bool = true) throws(CollectorError) -> Bytes? {
        do throws(CollectorError) {
            return try read(name, keep: keep)
        } catch {
            if case .absent = error { return nil }
            throw error
        }
    }

    private static func collectorError(_ path: String, _ error: SystemError) -> CollectorError {
        let isMissing = error.code == ENOENT || error.code == ESRCH
        return isMissing ? .absent("\(path): \(error)") : .failed("\(path): \(error)")
    }

    // MARK: Attributes

    /// Reads a file of sysfs that holds one value, without blanks around it, by a single read(2).
    ///
    /// Nil where there is no such attribute, or the driver or our rights don't let it be read: one bad attribute of
    /// one device must not cost the others (see ``SystemError/meansAbsent``). What is read less often than each scrape
    /// wants `keep: false`.
    public func attribute(_ name: String, keep: Bool = true) -> Bytes? {
        try? bytes(of: name, keep: keep, isAttribute: true).trimmed
    }

    // MARK: Folders and links

    /// The names in a folder, sorted, without `.` and `..`; none where there is no such folder or it can't be read.
    public func list(_ name: String) -> [String] { (try? names(in: name)) ?? [] }

    /// The names in a folder, sorted, without `.` and `..`.
    ///
    /// Throws `.absent` where there is no such folder, `.failed` with path and reason where it can't be read.
    public func names(in folder: String) throws(CollectorError) -> [String] {
        let path = path(folder)
        guard let stream = opendir(path) else { throw Self.collectorError(path, SystemError(code: errno)) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Whether the tree has this file or folder.
    public func contains(_ name: String) -> Bool { access(path(name), F_OK) == 0 }

    /// Where a symbolic link points to, as it is written in the link; nil where it is none.
    public func linkTarget(_ name: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink(path(name), &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// The path that a file has when all links on the way are followed; nil where it does not exist.
    public func resolved(_ name: String) -> String? {
        guard let resolved = realpath(path(name), nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    // MARK: Keeping files open

    private func bytes(of name: String, keep: Bool, isAttribute: Bool) throws(SystemError) -> Bytes {
        guard keep, let file = keptFile(name) else {
            return try KeptFile(path: path(name)).read(isAttribute: isAttribute)
        }
        return try file.read(isAttribute: isAttribute)
    }

    private func keptFile(_ name: String) -> KeptFile? {
        kept.withLock { kept in
            if let file = kept.files[name] { return file }
            sweep(&kept)
            guard kept.files.count < Self.keptFilesMax else { return nil }
            let file = KeptFile(path: path(name))
            kept.files[name] = file
            return file
        }
    }

    /// Closes what nobody read for five minutes: files of devices that are gone, of a scrape that came once.
    private func sweep(_ kept: inout KeptFiles) {
        let now = ContinuousClock.now
        guard now - kept.lastSweep > .seconds(60) else { return }
        kept.lastSweep = now
        kept.files = kept.files.filter { now - $0.value.lastRead < .seconds(300) }
    }
}
