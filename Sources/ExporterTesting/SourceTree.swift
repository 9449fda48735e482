import Glibc

/// A folder of text files: fixtures, sources, documents.
public struct SourceTree: Sendable {
    /// The folder's path.
    public let root: String

    /// The folder of this path.
    public init(_ root: String) { self.root = root }

    /// The folder that holds `Package.swift`, above the calling file.
    public static func package(file: String = #filePath) -> SourceTree {
        var path = Substring(file)
        while let slash = path.lastIndex(of: "/") {
            path = path[..<slash]
            if access(path + "/Package.swift", F_OK) == 0 { break }
        }
        return SourceTree(String(path))
    }

    /// The text of a file; nil where there is none.
    public func text(_ name: String) -> String? { readFile("\(root)/\(name)") }

    /// Whether there is such a file or folder.
    public func contains(_ name: String) -> Bool { access("\(root)/\(name)", F_OK) == 0 }

    /// The names in a folder, sorted, without hidden ones.
    public func names(in folder: String) -> [String] {
        guard let handle = opendir("\(root)/\(folder)") else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// The files below a folder whose names end in a suffix, as paths from the root, sorted.
    public func files(below folder: String, suffix: String) -> [String] {
        names(in: folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            if isFolder(path) { return files(below: path, suffix: suffix) }
            return name.hasSuffix(suffix) ? [path] : []
        }
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat("\(root)/\(path)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// A part of a document that is made from declarations, between `<!-- NAME -->` and `<!-- end of NAME -->`.
///
/// Compares what stands there with what should; `RECORD=1 swift test` writes it instead, and the run fails.
public func generatedSection(_ name: String, of document: String, shouldBe text: String) -> GoldenComparison {
    let begin = "<!-- \(name) -->\n"
    let end = "<!-- end of \(name) -->"
    let whole = readFile(document) ?? ""
    guard let before = whole.range(of: begin), let after = whole.range(of: end, after: before.upperBound) else {
        return GoldenComparison(expected: "no \(begin) in \(document)", actual: text, wasRecorded: false)
    }
    if getenv("RECORD") != nil {
        writeFile(document, whole[..<before.upperBound] + text + whole[after.lowerBound...])
        return GoldenComparison(expected: "", actual: text, wasRecorded: true)
    }
    let found = String(whole[before.upperBound..<after.lowerBound])
    return GoldenComparison(expected: found, actual: text, wasRecorded: false)
}

extension String {
    /// Where a text stands in this one, from an index on.
    fileprivate func range(of text: String, after start: Index? = nil) -> Range<Index>? {
        var index = start ?? startIndex
        while index < endIndex {
            if self[index...].hasPrefix(text) { return index..<self.index(index, offsetBy: text.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
