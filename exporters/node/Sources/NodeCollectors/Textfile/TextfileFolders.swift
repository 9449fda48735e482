import ExporterSDK
import Glibc

/// The text files in folders, and what is wrong with the folders.
struct TextfileFolders {
    /// With more files than that something is wrong, and reading them all would make it worse.
    private static let filesMax = 10_000

    private(set) var files: [[UInt8]] = []
    private(set) var problems: [(path: [UInt8], text: String)] = []

    /// Finds the files in these folders, whose paths may be patterns; see glob(7).
    static func list(_ folders: [String]) -> TextfileFolders {
        var found = TextfileFolders()
        var known: Set<[UInt8]> = []
        for folder in folders.flatMap(matches) where known.insert(joined(folder, [])).inserted { found.add(folder) }
        return found
    }

    private mutating func add(_ folder: [UInt8]) {
        guard let handle = opendir(folder.map { CChar(bitPattern: $0) } + [0]) else {
            problems.append((folder, SystemError(code: errno).description))
            return
        }
        defer { closedir(handle) }
        var names: [[UInt8]] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name.suffix(5).elementsEqual(".prom".utf8) { names.append(name) }
        }
        names.sort { $0.lexicographicallyPrecedes($1) }
        for name in names {
            guard files.count < Self.filesMax else {
                problems.append((folder, "more than \(Self.filesMax) files: the others are not read"))
                return
            }
            files.append(Self.joined(folder, name))
        }
    }

    /// The folders that a pattern matches; where it matches none, itself, so that this shows.
    private static func matches(_ pattern: String) -> [[UInt8]] {
        guard pattern.utf8.contains(where: { "*?[\\".utf8.contains($0) }) else { return [Array(pattern.utf8)] }
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(pattern, 0, nil, &result) == 0, let paths = result.gl_pathv else { return [Array(pattern.utf8)] }
        return (0..<Int(result.gl_pathc)).compactMap { index in
            paths[index].map { path in Array(UnsafeRawBufferPointer(start: path, count: strlen(path))) }
        }
    }

    /// A path as it shows in labels: without doubled slashes and without steps to where one already is.
    static func joined(_ folder: [UInt8], _ name: [UInt8]) -> [UInt8] {
        var path: [UInt8] = folder.first == UInt8(ascii: "/") ? [UInt8(ascii: "/")] : []
        for part in folder.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            path += part
            path.append(UInt8(ascii: "/"))
        }
        return path + name
    }
}
