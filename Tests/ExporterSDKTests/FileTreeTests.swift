import ExporterTesting
import Glibc
import Testing

@testable import ExporterSDK

/// Files that change, vanish, or are not what their name says.
struct FileTreeTests {
    private let folder = TemporaryFolder()
    private var tree: FileTree { FileTree(folder.path) }

    // MARK: What is there

    @Test func readsWholeFiles() throws {
        let tree = self.tree
        for size in [0, 1, 4095, 4096, 4097, 8192, 100_000] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 3) }
            folder.write("f\(size)", bytes)
            for keep in [true, false, true] { #expect(try Array(tree.read("f\(size)", keep: keep)) == bytes) }
            #expect(try tree.readIfPresent("f\(size)").map { Array($0) } == bytes)
        }
    }

    @Test func attributesAreTrimmed() {
        folder.write("a", " 5 \n")
        folder.write("empty", "")
        folder.write("long", "x".repeated(5000))
        #expect(tree.attribute("a")?.text == "5")
        #expect(tree.attribute("empty")?.isEmpty == true)
        // One read: what does not fit a page is no attribute.
        #expect(tree.attribute("long")?.count == 4096)
    }

    @Test func pathsAndRoots() {
        #expect(FileTree("/proc").path("stat") == "/proc/stat")
        #expect(FileTree("/proc/").path("stat") == "/proc/stat")
        #expect(FileTree("/").path("etc") == "/etc")
        #expect(FileTree("/").root == "/")
        #expect(FileTree("").path("stat") == "/stat")
    }

    @Test func foldersAndLinks() {
        folder.write("d/b", "")
        folder.write("d/a", "")
        folder.write("d/.hidden", "")
        folder.link("link", to: "d/a")
        folder.link("broken", to: "nowhere")
        #expect(tree.list("d") == [".hidden", "a", "b"])
        #expect(tree.list("nothing").isEmpty)
        #expect(tree.list("d/a").isEmpty)
        #expect(tree.contains("d/a"))
        #expect(!tree.contains("broken"))
        #expect(tree.linkTarget("link") == "d/a")
        #expect(tree.linkTarget("broken") == "nowhere")
        #expect(tree.linkTarget("d") == nil)
        #expect(tree.resolved("link") == "\(folder.path)/d/a")
        #expect(tree.resolved("broken") == nil)
    }

    // MARK: What is not

    @Test func whatIsNotThereIsAbsent() throws {
        for keep in [true, false, true] {
            let error = #expect(throws: CollectorError.self) { try tree.read("nothing", keep: keep) }
            #expect(error == .absent("\(folder.path)/nothing: No such file or directory"))
        }
        #expect(try tree.readIfPresent("nothing") == nil)
        #expect(tree.attribute("nothing") == nil)
        folder.write("file", "x")
        #expect(tree.attribute("file/below") == nil)
        expectFailure("file/below", "Not a directory")
    }

    @Test func whatCanNotBeReadIsAFailure() {
        folder.makeFolder("folder")
        expectFailure("folder", "Is a directory")
        #expect(tree.attribute("folder") == nil)
        let process = FileTree("/proc/self")
        for _ in 0..<2 {
            let error = #expect(throws: CollectorError.self) { try process.read("mem") }
            #expect(error == .failed("/proc/self/mem: Input/output error"))
        }
    }

    /// Opening it for reading would wait for a writer.
    @Test func aFIFOInPlaceOfAFileDoesNotBlock() {
        folder.makeFIFO("fifo")
        for _ in 0..<2 { expectFailure("fifo", "Illegal seek") }
        #expect(tree.attribute("fifo") == nil)
    }

    @Test func aFileBeyondTheLimitIsAFailure() throws {
        folder.write("big", "")
        #expect(truncate("\(folder.path)/big", FileTree.fileBytesMax + 1) == 0)
        expectFailure("big", "File too large")
        #expect(truncate("\(folder.path)/big", FileTree.fileBytesMax / 16) == 0)
        #expect(try tree.read("big").count == FileTree.fileBytesMax / 16)
    }

    // MARK: Between two reads

    @Test func changesBetweenReadsAreSeen() throws {
        let tree = self.tree
        folder.write("f", "first")
        #expect(try tree.read("f").text == "first")

        folder.write("f", "grown".repeated(10_000))
        #expect(try tree.read("f").text == "grown".repeated(10_000))
        folder.write("f", "short")
        #expect(try tree.read("f").text == "short")
        folder.write("f", "")
        #expect(try tree.read("f").isEmpty)

        folder.write("new", "replaced")
        #expect(rename("\(folder.path)/new", "\(folder.path)/f") == 0)
        #expect(try tree.read("f").text == "replaced")

        #expect(unlink("\(folder.path)/f") == 0)
        #expect(try tree.readIfPresent("f") == nil)
        folder.write("f", "back")
        #expect(try tree.read("f").text == "back")

        folder.link("link", to: "f")
        #expect(tree.attribute("link")?.text == "back")
        folder.write("other", "elsewhere")
        unlink("\(folder.path)/link")
        folder.link("link", to: "other")
        #expect(tree.attribute("link")?.text == "elsewhere")
    }

    @Test func theKernelsFilesAreReadAnewFromKeptDescriptors() throws {
        let process = FileTree("/proc/self")
        func name() throws -> String { try process.read("comm").trimmed.text }
        let first = try name()
        // Through another descriptor, as an outsider would.
        for text in ["changed", "x", "changed again"] {
            let file = try #require(fopen("/proc/self/comm", "w"))
            fputs(text, file)
            fclose(file)
            #expect(try name() == text)
        }
        let file = try #require(fopen("/proc/self/comm", "w"))
        fputs(first, file)
        fclose(file)
        #expect(try name() == first)
        #expect(descriptors(to: "/proc/\(getpid())/comm") == 1)
    }

    @Test func aBytesSliceSurvivesTheNextRead() throws {
        let tree = self.tree
        folder.write("f", "first")
        let first = try tree.read("f")
        folder.write("f", "other")
        let second = try tree.read("f")
        #expect(first.text == "first")
        #expect(second.text == "other")
    }

    @Test func keptDescriptorsAreBoundedAndClosed() throws {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #expect(getrlimit(files, &limit) == 0)
        limit.rlim_cur = limit.rlim_max
        #expect(setrlimit(files, &limit) == 0)

        // Enough files of the kernel's: each thread of each process has dozens, and a tree takes several names for one.
        let names = (0..<FileTree.keptFilesMax + 100).map { String(repeating: "./", count: $0) + "devices" }
        let before = descriptors(to: "/proc/devices")
        do {
            let proc = FileTree("/proc")
            let expected = try proc.read("devices")
            for _ in 0..<2 {
                for name in names where try proc.read(name) != expected { Issue.record("\(name) is another") }
            }
            #expect(descriptors(to: "/proc/devices") - before == FileTree.keptFilesMax)
        }
        #expect(descriptors(to: "/proc/devices") == before)
    }

    @Test func manyTasksReadTheSame() async {
        let process = FileTree("/proc")
        let expected = process.attribute("version")?.text
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<200).count { _ in process.attribute("version")?.text == expected } }
            }
            for await matches in group { #expect(matches == 200) }
        }
    }

    // MARK: Errors of the system

    @Test func systemErrorsSayWhatTheyAre() {
        #expect(SystemError(code: ENOENT).description == "No such file or directory")
        #expect(SystemError(code: 4000).description == "error 4000")
        #expect(SystemError(code: ENODEV).meansAbsent)
        #expect(SystemError(code: EACCES).meansAbsent)
        #expect(!SystemError(code: EMFILE).meansAbsent)
        #expect(!SystemError(code: ENOMEM).meansAbsent)
    }

    @Test func interruptedCallsAreRepeated() throws {
        var calls = 0
        let result = try SystemError.check { () -> Int32 in
            calls += 1
            errno = EINTR
            return calls < 5 ? -1 : 7
        }
        #expect(result == 7)
        #expect(calls == 5)
    }

    // MARK: Helpers

    private func expectFailure(_ name: String, _ reason: String) {
        let error = #expect(throws: CollectorError.self) { try tree.read(name) }
        #expect(error == .failed("\(folder.path)/\(name): \(reason)"))
    }

    private func descriptors(to path: String) -> Int {
        let own = FileTree("/proc/self/fd")
        return own.list(".").count { own.linkTarget($0) == path }
    }
}
