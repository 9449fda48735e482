import Glibc

/// A folder that exists for one test and is removed, with all that is in it, when the last reference goes.
public final class TemporaryFolder: Sendable {
    /// The folder's path, without links on the way.
    public let path: String

    /// A new, empty folder.
    public init() {
        var template = Array(("/tmp/exporter-test-" + String(repeating: "X", count: 6)).utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
    }

    deinit { Self.remove(path) }

    /// Writes a file, and makes the folders on the way to it.
    public func write(_ name: String, _ bytes: [UInt8]) {
        let file = prepare(name)
        guard let handle = fopen(file, "w") else { return }
        defer { fclose(handle) }
        _ = fwrite(bytes, 1, bytes.count, handle)
    }

    /// Writes a file of text.
    public func write(_ name: String, _ text: String) { write(name, Array(text.utf8)) }

    /// Makes a symbolic link.
    public func link(_ name: String, to target: String) { symlink(target, prepare(name)) }

    /// Makes a FIFO.
    public func makeFIFO(_ name: String) { mkfifo(prepare(name), 0o600) }

    /// Makes a folder.
    public func makeFolder(_ name: String) { mkdir(prepare(name), 0o700) }

    /// Copies a tree of files and links into this folder, each file's bytes changed by `change`.
    public func copy(_ source: String, as name: String, change: (String, [UInt8]) -> [UInt8]) {
        var status = stat()
        guard lstat(source, &status) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            let length = readlink(source, &target, target.count - 1)
            guard length > 0 else { return }
            link(name, to: String(decoding: target[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self))
        case S_IFDIR:
            makeFolder(name)
            for entry in SourceTree(source).names(in: ".") {
                copy("\(source)/\(entry)", as: "\(name)/\(entry)", change: change)
            }
        default: write(name, change(name, readBytes(source)))
        }
    }

    /// The path of a file in the folder, whose own folder exists then.
    private func prepare(_ name: String) -> String {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o700)
        }
        return "\(path)/\(name)"
    }

    private static func remove(_ path: String) {
        guard unlink(path) != 0, errno == EISDIR || errno == EPERM else { return }
        if let folder = opendir(path) {
            var names: [String] = []
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                    field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { names.append(name) }
            }
            closedir(folder)
            for name in names { remove("\(path)/\(name)") }
        }
        rmdir(path)
    }
}

/// The bytes of a file; none where it can't be read.
public func readBytes(_ path: String) -> [UInt8] {
    guard let handle = fopen(path, "r") else { return [] }
    defer { fclose(handle) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&chunk, 1, chunk.count, handle), count > 0 { bytes += chunk[..<count] }
    return bytes
}
