import ExporterSDK
import ExporterTesting
import Exposition
import Glibc
import Testing

@testable import NodeCollectors

/// Each row of what a text file can be, alone or beside another one.
struct TextfileTests {
    private let folder = TemporaryFolder()

    private func collector(_ folders: [String]? = nil, fileBytesMax: Int = 1 << 20) -> TextfileCollector {
        var flags = FlagValues()
        flags.set(TextfileCollector.directories, to: folders ?? [folder.path])
        flags.set(TextfileCollector.fileBytesMax, to: fileBytesMax)
        return TextfileCollector(GoldenTests.host, flags)
    }

    /// The exposition's samples, without the times of the files.
    private func samples(_ collector: TextfileCollector? = nil) -> [String] {
        exposition(of: collector ?? self.collector()).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") && !$0.hasPrefix("node_textfile_mtime") }
    }

    /// The files of which the time is exported, by their names.
    private func readFiles() -> [String] {
        exposition(of: collector()).split(separator: "\n").filter { $0.hasPrefix("node_textfile_mtime_seconds{") }
            .compactMap { $0.split(separator: "\"").dropFirst().first?.split(separator: "/").last.map(String.init) }
    }

    /// The texts of `node_textfile_error_info`, by file.
    private func errors(_ collector: TextfileCollector? = nil) -> [String: String] {
        let parts = samples(collector).filter { $0.hasPrefix("node_textfile_error_info") }
            .map { $0.split(separator: "\"").map(String.init) }
        let pairs = parts.map { (String($0[1].split(separator: "/").last ?? ""), $0[3]) }
        return Dictionary(pairs) { $0 + "; " + $1 }
    }

    private let good = "good_metric 1\n"
    private let fine = ["good_metric 1", "node_textfile_scrape_error 0"]

    // MARK: One file

    @Test func readsWhatEndsInProm() {
        folder.write("a.prom", good)
        folder.write("b.txt", "other 1\n")
        folder.write("c.prom.tmp", "other 1\n")
        #expect(samples() == fine)
        #expect(exposition(of: collector()).contains("# HELP good_metric Metric read from \(folder.path)/a.prom\n"))
    }

    @Test func nothingIsWrongWithoutFolders() {
        #expect(samples(collector([])) == ["node_textfile_scrape_error 0"])
        #expect(samples(collector([""])) == ["node_textfile_scrape_error 0"])
        #expect(samples() == ["node_textfile_scrape_error 0"])
    }

    @Test func readsHiddenFiles() {
        folder.write(".a.prom", good)
        #expect(samples() == fine)
    }

    @Test func followsLinks() {
        folder.write("a.txt", good)
        folder.link("a.prom", to: "a.txt")
        #expect(samples() == fine)
    }

    @Test func keepsHistogramsAndSummaries() {
        let text = """
            # TYPE h histogram
            h_bucket{le="0.5"} 1
            h_bucket{le="+Inf"} 2
            h_sum 3
            h_count 2
            # TYPE s summary
            s{quantile="0.5"} 1
            s_sum 2
            s_count 3

            """
        folder.write("a.prom", text)
        let text2 = exposition(of: collector())
        #expect(
            text2.contains("# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n")
        )
        #expect(text2.contains("# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 2\ns_count 3\n"))
    }

    @Test func samplesOfAFamilyHaveTheSameLabelNames() {
        folder.write("a.prom", "a{x=\"1\"} 1\na{y=\"2\"} 2\n")
        #expect(samples() == ["a{x=\"1\",y=\"\"} 1", "a{x=\"\",y=\"2\"} 2", "node_textfile_scrape_error 0"])
    }

    @Test func samplesOfAFamilyMayStandApart() {
        folder.write("a.prom", "# TYPE a gauge\n  a{x=\"1\"} 1\nb 1\na{x=\"2\"} 2\n")
        #expect(samples() == ["a{x=\"1\"} 1", "a{x=\"2\"} 2", "b 1", "node_textfile_scrape_error 0"])
    }

    /// A bad file costs itself: nothing of it is served, its time neither, and all else is.
    @Test(arguments: [
        ("a 1", "end"), ("a 1\nb", ""), ("a 1 1441205977284\n", "timestamp"), ("a{x=1} 1\n", ""),
        ("# TYPE a thing\na 1\n", "type"), ("a{x=\"1\",x=\"2\"} 1\n", ""), ("a 1 # {id=\"1\"} 1\n", "exemplars"),
        ("# TYPE a counter\n# TYPE a gauge\na 1\n", "second TYPE"), ("a \u{0}\n", ""), ("<html>\n", ""),
    ])
    func aBadFileCostsItself(text: String, why: String) {
        folder.write("bad.prom", text)
        folder.write("good.prom", good)
        #expect(
            samples().filter { !$0.hasPrefix("node_textfile_error_info") } == [
                "good_metric 1", "node_textfile_scrape_error 1",
            ]
        )
        #expect(errors().keys.sorted() == ["bad.prom"])
        #expect(errors()["bad.prom"]?.contains(why) == true)
        #expect(readFiles() == ["good.prom"])
    }

    // MARK: Not a file

    @Test(.timeLimit(.minutes(1))) func whatIsNoFileIsNotOpened() throws {
        folder.makeFIFO("fifo.prom")
        folder.makeFolder("folder.prom")
        folder.link("device.prom", to: "/dev/zero")
        folder.link("dangling.prom", to: "nowhere")
        folder.link("loop.prom", to: "loop.prom")
        try makeSocket("socket.prom")
        folder.write("good.prom", good)
        let errors = errors()
        #expect(errors["fifo.prom"] == "not a regular file")
        #expect(errors["folder.prom"] == "not a regular file")
        #expect(errors["device.prom"] == "not a regular file")
        #expect(errors["socket.prom"] == "not a regular file")
        #expect(errors["dangling.prom"] == "No such file or directory")
        #expect(errors["loop.prom"] == "Too many levels of symbolic links")
        #expect(samples().contains("good_metric 1") && samples().contains("node_textfile_scrape_error 1"))
    }

    private func makeSocket(_ name: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("\(folder.path)/\(name)".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(result == 0)
    }

    @Test func aHugeFileIsNotRead() {
        folder.write("huge.prom", "a 1\n")
        truncate("\(folder.path)/huge.prom", 1 << 30)
        folder.write("good.prom", good)
        #expect(errors()["huge.prom"] == "1073741824 bytes: more than 1048576 are not read")
        #expect(samples().contains("good_metric 1"))
    }

    @Test func allFilesTogetherHaveALimit() {
        for number in 0..<5 { folder.write("\(number).prom", "a\(number) 1\n" + String(repeating: "#\n", count: 45)) }
        let errors = errors(collector(fileBytesMax: 100))
        #expect(errors == ["4.prom": "too many bytes in all files together"])
    }

    @Test(.enabled(if: getuid() != 0)) func anUnreadableFileIsAnError() {
        folder.write("a.prom", good)
        chmod("\(folder.path)/a.prom", 0)
        #expect(errors()["a.prom"] == "Permission denied")
    }

    // MARK: Several files

    @Test func mergesFamilies() {
        folder.write("a.prom", "m{x=\"1\"} 1\n")
        folder.write("b.prom", "m{y=\"2\"} 2\n")
        #expect(samples() == ["m{x=\"1\"} 1", "m{y=\"2\"} 2", "node_textfile_scrape_error 0"])
        let paths = "\(folder.path)/a.prom, \(folder.path)/b.prom"
        #expect(exposition(of: collector()).contains("# HELP m Metric read from \(paths)\n"))
    }

    @Test func anyHelpIsBetterThanNone() {
        folder.write("a.prom", "m{x=\"1\"} 1\n")
        folder.write("b.prom", "# HELP m Said here.\nm{x=\"2\"} 2\n")
        #expect(
            exposition(of: collector()).contains("# HELP m Said here.\n# TYPE m untyped\nm{x=\"1\"} 1\nm{x=\"2\"} 2\n")
        )
    }

    @Test(arguments: [
        // The same series, also where a label is empty or stands elsewhere.
        ("m 1\n", "m 2\n", "were there already"),
        ("m{a=\"1\",b=\"2\"} 1\n", "m{b=\"2\",a=\"1\"} 2\n", "were there already"),
        ("m{a=\"1\"} 1\n", "m{a=\"1\",b=\"\"} 2\n", "were there already"),
        ("# TYPE m gauge\nm 1\n", "# TYPE m counter\nm{a=\"1\"} 2\n", "counter here and gauge in another"),
        ("m 1\n", "# TYPE m counter\nm{a=\"1\"} 2\n", "counter here and untyped in another"),
        ("# HELP m One.\nm 1\n", "# HELP m Two.\nm{a=\"1\"} 2\n", "help text"),
        ("# TYPE m summary\nm_sum 1\n", "m_sum{a=\"1\"} 2\n", "samples of m"),
        ("m_bucket 1\n", "# TYPE m histogram\nm_bucket{le=\"1\"} 2\n", "samples of m_bucket"),
    ])
    func theFirstFileCounts(first: String, second: String, why: String) {
        folder.write("a.prom", first)
        folder.write("b.prom", second)
        let samples = samples().filter { $0.hasPrefix("m") }
        #expect(samples.count == 1 && samples[0].hasSuffix(" 1"))
        #expect(errors().keys.sorted() == ["b.prom"])
        #expect(errors()["b.prom"]?.contains(why) == true)
        #expect(readFiles() == ["a.prom", "b.prom"])
    }

    @Test func duplicatesInOneFile() {
        folder.write("a.prom", "m 1\nm 2\nn 1\n")
        #expect(
            samples().filter { !$0.hasPrefix("node_textfile_error_info") } == [
                "m 1", "n 1", "node_textfile_scrape_error 1",
            ]
        )
    }

    // MARK: Folders

    @Test func foldersMayBePatternsAndSeveral() {
        folder.write("x1/a.prom", "x1 1\n")
        folder.write("x2/a.prom", "x2 1\n")
        folder.write("y/a.prom", "y 1\n")
        let path = folder.path
        #expect(samples(collector([path + "/x*", path + "/y/", path + "/x1"])).count == 4)
        #expect(errors(collector([path + "/nowhere"])) == ["nowhere": "No such file or directory"])
        #expect(errors(collector([path + "/z*"])) == ["z*": "No such file or directory"])
        #expect(errors(collector([path + "/y/a.prom"])) == ["a.prom": "Not a directory"])
    }

    @Test(arguments: [
        ("a", "a/x"), ("a/", "a/x"), ("/a//b/", "/a/b/x"), ("./a", "a/x"), ("/", "/x"), ("../a", "../a/x"), (".", "x"),
    ])
    func joinsPaths(folder: String, path: String) {
        #expect(TextfileFolders.joined(Array(folder.utf8), [UInt8(ascii: "x")]) == Array(path.utf8))
    }

    @Test func namesNeedNotBeText() throws {
        let path = Array(folder.path.utf8) + [0x2F, 0xFF, 0x22] + Array(".prom".utf8)
        let file = try #require(fopen(path.map { CChar(bitPattern: $0) } + [0], "w"))
        fputs(good, file)
        fclose(file)
        #expect(samples() == fine)
        #expect(readFiles().count == 1)
    }

    // MARK: Changes

    @Test func seesChanges() {
        let collector = collector()
        folder.write("a.prom", "m 1\n")
        #expect(samples(collector).first == "m 1")
        folder.write("a.prom", "m 2\n")
        #expect(samples(collector).first == "m 2")
        folder.write("b.prom", "n 1\n")
        #expect(samples(collector).prefix(2) == ["m 2", "n 1"])
        unlink("\(folder.path)/a.prom")
        #expect(samples(collector).first == "n 1")
        folder.write("b.prom", "n 1")
        #expect(samples(collector).last == "node_textfile_scrape_error 1")
        folder.write("b.prom", "n 3\n")
        #expect(samples(collector) == ["n 3", "node_textfile_scrape_error 0"])
    }

    @Test func readsAFileOnceItHasSettled() throws {
        folder.write("a.prom", good)
        let path = Array("\(folder.path)/a.prom".utf8)
        let reader = TextfileReader(fileBytesMax: 1000)
        let context = ScrapeContext(deadline: .now + .seconds(10))
        let first = reader.read(path, last: nil, bytesLeft: 1000, context)
        #expect(!first.isSettled)
        #expect(reader.read(path, last: first, bytesLeft: 1000, context).reading != first.reading)

        var past = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
        try #require(utimensat(AT_FDCWD, "\(folder.path)/a.prom", &past, 0) == 0)
        let second = reader.read(path, last: first, bytesLeft: 1000, context)
        #expect(second.isSettled && second.modified == 1000)
        #expect(reader.read(path, last: second, bytesLeft: 1000, context).reading == second.reading)
        // As large and of the same time, but another file.
        folder.write("b.prom", "good_metric 2\n")
        try #require(utimensat(AT_FDCWD, "\(folder.path)/b.prom", &past, 0) == 0)
        rename("\(folder.path)/b.prom", "\(folder.path)/a.prom")
        #expect(
            reader.read(path, last: second, bytesLeft: 1000, context).families.first?.samples.first?.value == .number(2)
        )
    }

    @Test func stopsAtTheDeadlineAndGoesOnLater() throws {
        folder.write("a.prom", good)
        let collector = collector()
        var writer = MetricWriter(format: .text)
        #expect(throws: CollectorError.self) {
            try collector.collect(into: &writer, context: ScrapeContext(deadline: .now - .seconds(1)))
        }
        #expect(samples(collector) == fine)
    }
}
