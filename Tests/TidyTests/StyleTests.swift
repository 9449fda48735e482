import ExporterTesting
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
        for file in Self.sources {
            let lines = (Self.tree.text(file) ?? "").split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 500, "\(file) has \(lines) lines")
        }
    }

    /// Full Foundation adds 40 MB to a static binary.
    @Test func nobodyImportsFoundation() {
        for file in Self.allSwift {
            for line in lines(of: file) {
                let words = line.split(separator: " ")
                #expect(words.last != "Foundation" || !words.contains("import"), "\(file): \(line)")
            }
        }
    }

    /// What may not stand in sources: marks of unfinished work, traps, and prints past the log.
    @Test(arguments: ["TODO", "FIXME", "try!", "fatalError(", "preconditionFailure(", "assertionFailure("])
    func sourcesDoNotHold(word: String) {
        for file in Self.sources {
            for line in lines(of: file) { #expect(!line.contains(word), "\(file): \(line)") }
        }
    }

    @Test func sourcesDoNotPrint() {
        for file in Self.sources where !file.hasSuffix("Fuzz.swift") {
            for line in lines(of: file) {
                #expect(!line.drop { $0 == " " }.hasPrefix("print("), "\(file): \(line)")
            }
        }
    }

    /// A node exporter may read files, ask the kernel and use local sockets; it never runs a command.
    @Test(arguments: ["posix_spawn", "execve(", "system(", "popen("])
    func collectorsRunNoCommands(call: String) {
        for file in Self.sources where !file.contains("ExporterTesting") {
            for line in lines(of: file) { #expect(!line.contains(call), "\(file): \(line)") }
        }
    }

    /// What other packages see says what it means.
    @Test func publicDeclarationsAreDocumented() {
        for file in Self.sources {
            var previous = Substring("")
            for line in lines(of: file) {
                if isPublicDeclaration(line), !isAttribute(previous) {
                    #expect(previous.drop { $0 == " " }.hasPrefix("///"), "\(file): \(line)")
                }
                previous = line
            }
        }
    }

    /// At the left margin, so not what a protocol asks for, which is documented there.
    private func isPublicDeclaration(_ line: Substring) -> Bool {
        let keywords = [
            "struct ", "final class ", "class ", "enum ", "protocol ", "func ", "typealias ", "let ", "var ",
        ]
        return keywords.contains { line.hasPrefix("public " + $0) }
    }

    private func isAttribute(_ line: Substring) -> Bool { line.hasPrefix("@") }

    private func lines(of file: String) -> [Substring] {
        (Self.tree.text(file) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    }
}
