import ExporterTesting
import Glibc
import StrictYAML
import Testing

/// Files that are there, that are not, and that are none.
struct ConfigurationFileTests {
    private let folder = TemporaryFolder()

    private func error(_ name: String, bytesMax: Int = 100) -> String? {
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile("\(folder.path)/\(name)", bytesMax: bytesMax)
        }?
        .message
    }

    @Test func whatCanNotBeReadIsSaid() {
        folder.makeFIFO("pipe")
        folder.makeFolder("folder")
        folder.write("long", [UInt8](repeating: 0, count: 101))
        #expect(error("none") == "no such file")
        #expect(error("long/below") == "Not a directory")
        #expect(error("pipe") == "is no regular file")
        #expect(error("folder") == "is no regular file")
        #expect(error("long") == "larger than the 100 bytes that it may have")
    }

    @Test func stateChangesWithTheFile() throws {
        folder.write("a", "x: 1")
        let file = try ConfigurationFile("\(folder.path)/a")
        #expect(file.bytes == Array("x: 1".utf8))
        #expect(ConfigurationFile.State(of: file.path) == file.state)
        folder.write("b", "x: 2")
        #expect(rename("\(folder.path)/b", file.path) == 0)
        #expect(ConfigurationFile.State(of: file.path) != file.state)
        #expect(try ConfigurationFile(file.path).decode([String: Int].self) == ["x": 2])
        #expect(unlink(file.path) == 0)
        #expect(ConfigurationFile.State(of: file.path) == nil)
    }

    @Test(arguments: [(0o600, false), (0o640, true), (0o604, true), (0o400, false)])
    func modesThatOthersCanReadAreSeen(mode: Int, isReadable: Bool) throws {
        folder.write("a", "x")
        #expect(chmod("\(folder.path)/a", mode_t(mode)) == 0)
        #expect(try ConfigurationFile("\(folder.path)/a").isReadableByOthers == isReadable)
    }
}
