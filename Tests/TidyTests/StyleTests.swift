import ExporterTesting
import Glibc
import Testing

/// The rules of the house that a compiler doesn't check.
struct StyleTests {
    private static let tree = SourceTree.package()

    private static var sources: [String] {
        (tree.files(below: "Sources", suffix: ".swift") + tree.files(below: "exporters", suffix: ".swift"))
            .filter { !$0.contains("/Tests/") }
    }

    private static var allSwift: [String] {
        ["Sources", "Tests", "exporters"].flatMap { tree.files(below: $0, suffix: ".swift") }
    }

    /// One idea a file: what is longer has more than one.
    @Test func filesAreShort() {
        let long = Self.sources.filter { lines(of: $0).count > 500 }
        #expect(long == [])
    }

    /// Full Foundation adds 40 MB to a static binary.
    @Test func nobodyImportsFoundation() {
        let found = lines(in: Self.allSwift, with: "Foundation") { line in
            let words = line.split(separator: " ")
            return words.last == "Foundation" && words.contains("import")
        }
        #expect(found == [])
    }

    /// What may not stand in sources: marks of unfinished work, traps, and prints past the log.
    @Test(arguments: ["TODO", "FIXME", "try!", "fatalError(", "preconditionFailure(", "assertionFailure("])
    func sourcesDoNotHold(word: String) {
        #expect(lines(in: Self.sources, with: word) == [])
    }

    @Test func sourcesDoNotPrint() {
        let files = Self.sources.filter { !$0.hasSuffix("Fuzz.swift") }
        let found = lines(in: files, with: "print(") { $0.drop { $0 == " " }.hasPrefix("print(") }
        #expect(found == [])
    }

    /// A node exporter may read files, ask the kernel and use local sockets; it never runs a command.
    @Test(arguments: ["posix_spawn", "execve(", "system(", "popen("])
    func collectorsRunNoCommands(call: String) {
        #expect(lines(in: Self.sources.filter { !$0.contains("ExporterTesting") }, with: call) == [])
    }

    /// What other packages see says what it means.
    @Test func publicDeclarationsAreDocumented() {
        var undocumented: [String] = []
        for file in Self.sources {
            var previous = Substring("")
            for line in lines(of: file) {
                if line.hasPrefix("public "), isDeclaration(line), !previous.hasPrefix("@"),
                    !previous.drop(while: { $0 == " " }).hasPrefix("///")
                {
                    undocumented.append("\(file): \(line)")
                }
                previous = line
            }
        }
        #expect(undocumented == [])
    }

    /// At the left margin, so not what a protocol asks for, which is documented there.
    private func isDeclaration(_ line: Substring) -> Bool {
        let keywords = [
            "struct ", "final class ", "class ", "enum ", "protocol ", "func ", "typealias ", "let ", "var ",
        ]
        return keywords.contains { line.hasPrefix("public " + $0) }
    }

    /// The lines of these files that hold a text and are such lines.
    private func lines(
        in files: [String],
        with text: String,
        where isOne: (Substring) -> Bool = { _ in true }
    ) -> [String] {
        // Few files hold any, and the C library tells fast which: these tests are not built for speed.
        files.filter { strstr(Self.tree.text($0) ?? "", text) != nil }.flatMap { file in
            lines(of: file).filter { strstr(String($0), text) != nil && isOne($0) }.map { "\(file): \($0)" }
        }
    }

    /// By `memchr`, as splitting a string takes a second for each megabyte in a build for debugging.
    private func lines(of file: String) -> [Substring] {
        var text = Self.tree.text(file) ?? ""
        return text.withUTF8 { bytes in
            var lines: [Substring] = []
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress {
                let newline = memchr(start, 0x0A, rest.count)
                let length = newline.map { UnsafeRawPointer($0) - start } ?? rest.count
                lines.append(Substring(String(decoding: rest.prefix(length), as: UTF8.self)))
                guard newline != nil else { break }
                rest = rest.dropFirst(length + 1)
            }
            return lines
        }
    }
}
