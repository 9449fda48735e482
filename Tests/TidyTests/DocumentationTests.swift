import ExporterTesting
import Glibc
import Testing

/// The articles of the libraries show code that builds, and speak of flags that exist.
struct DocumentationTests {
    private static let tree = SourceTree.package()
    private static var articles: [String] { tree.files(below: "Sources", suffix: ".md") }
    /// The text of all sources.
    private static let sources = ["Sources", "exporters"].flatMap { tree.files(below: $0, suffix: ".swift") }
        .compactMap { tree.text($0) }.joined()

    @Test func thereAreArticles() { #expect(Self.articles.count >= 4) }

    /// Each block of code is a piece of a file of this package, so the compiler has seen it.
    @Test(arguments: articles)
    func codeIsAPieceOfTheSources(article: String) {
        for block in codeBlocks(of: article) {
            #expect(strstr(Self.sources, block) != nil, "\(article) shows what is nowhere: \(block)")
        }
    }

    @Test(arguments: articles)
    func flagsExist(article: String) {
        for word in (Self.tree.text(article) ?? "").split(whereSeparator: { " `,;.\n".contains($0) && $0 != "." })
        where word.hasPrefix("--") && word.count > 2 && word.contains(where: \.isLetter) {
            let name = word.dropFirst(2).prefix { $0.isLetter || $0.isNumber || ".-".contains($0) }
            #expect(strstr(Self.sources, "\"\(name)\"") != nil, "\(article): \(word)")
        }
    }

    private func codeBlocks(of article: String) -> [String] {
        var blocks: [String] = []
        var block: [Substring]?
        for line in (Self.tree.text(article) ?? "").split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "```swift" {
                block = []
            } else if line == "```", let lines = block {
                blocks.append(lines.joined(separator: "\n"))
                block = nil
            } else {
                block?.append(line)
            }
        }
        return blocks
    }
}
