import ExporterSDK
import ExporterTesting
import Exposition
import Glibc
import Synchronization
import Testing

@testable import NodeCollectors

struct FilesystemTests {
    private let folder = TemporaryFolder()

    private static func mount(_ line: String, root: String = "/") throws -> Mount {
        try #require(Mount(Bytes(line), root: root))
    }

    // MARK: The mount table

    @Test func readsALine() throws {
        let mount = try Self.mount(
            "36 35 98:12 /a /mnt/b rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue"
        )
        #expect(mount.device == "/dev/root" && mount.type == "ext3" && mount.major == 98 && mount.minor == 12)
        #expect(mount.mountPoint == "/mnt/b" && mount.path == Array("/mnt/b".utf8) && !mount.isReadOnly)
    }

    @Test(arguments: [
        ("rw", "rw", false), ("ro", "rw", true), ("rw,noatime", "ro", true), ("rw", "rw,emergency_ro", true),
        ("rw", "rw,errors=remount-ro", false), ("rw,rootcontext=ro", "rw", false), ("noatime,ro,nosuid", "rw", true),
        ("rw", "", false),
    ])
    func tellsReadOnly(options: String, superOptions: String, isReadOnly: Bool) throws {
        #expect(try Self.mount("1 2 3:4 / /x \(options) - ext4 d \(superOptions)").isReadOnly == isReadOnly)
    }

    /// Labels show what they always have; the system call gets the path that there is.
    @Test(arguments: [
        (#"/a\040b"#, "/a b", "/a b"), (#"/a\011b"#, "/a\tb", "/a\tb"), (#"/a\012b"#, #"/a\012b"#, "/a\nb"),
        (#"/a\134b"#, #"/a\134b"#, #"/a\b"#), (#"/a\134040b"#, #"/a\134040b"#, #"/a\040b"#),
        (#"/a\04"#, #"/a\04"#, #"/a\04"#),
        (#"/a\"#, #"/a\"#, #"/a\"#), (#"/a\777"#, #"/a\777"#, #"/a\777"#), (#"/\040\040"#, "/  ", "/  "),
    ])
    func undoesEscapes(escaped: String, label: String, path: String) throws {
        let mount = try Self.mount("1 2 3:4 / \(escaped) rw - ext4 d rw")
        #expect(mount.mountPoint.text == label)
        #expect(String(decoding: mount.path, as: UTF8.self) == path)
    }

    @Test(arguments: [
        ("/", "/home", "/home", "/home"), ("/host", "/host/home", "/home", "/host/home"),
        ("/host", "/host", "/", "/host/"), ("/host", "/hostile", "/hostile", "/host/hostile"),
        ("/host", "/", "/", "/host/"), ("/host", "/home", "/home", "/host/home"),
    ])
    func looksBelowTheRoot(root: String, mounted: String, label: String, path: String) throws {
        let mount = try Self.mount("1 2 3:4 / \(mounted) rw - ext4 d rw", root: root)
        #expect(mount.mountPoint.text == label)
        #expect(String(decoding: mount.path, as: UTF8.self) == path)
    }

    @Test(arguments: [
        "", " ", "1", "1 2 3:4 / /x rw", "1 2 3:4 / /x rw -", "1 2 3:4 / /x rw - ext4", "x 2 3:4 / /x rw - ext4 d rw",
        "1 2 34 / /x rw - ext4 d rw", "1 2 3: / /x rw - ext4 d rw", "1 2 3:4 / x rw - ext4 d rw",
        "1 2 3:4 / /x rw ext4 d rw", "1 2 99999999999999999999:4 / /x rw - ext4 d rw", "\u{0}\u{0}",
    ])
    func skipsLinesThatAreNone(line: String) throws {
        #expect(Mount(Bytes(line), root: "/") == nil)
        #expect(throws: CollectorError.self) { try Mount.parse(Bytes(line)) }
        #expect(try Mount.parse(Bytes(line + "\n1 2 3:4 / /x rw - ext4 d rw\n")).count == 1)
    }

    @Test func readsTheFixture() throws {
        let mounts = try Mount.parse(fixture("proc/1/mountinfo")[...])
        #expect(mounts.count == 10)
        #expect(mounts[7].mountPoint == "/srv/nfs exports" && mounts[7].isReadOnly)
    }

    // MARK: Asking

    private func host(_ lines: String...) -> Host {
        folder.write("proc/1/mountinfo", lines.joined(separator: "\n") + "\n")
        return Host(root: folder.path)
    }

    private static let space = FilesystemSpace(size: 100, free: 50, available: 40, files: 10, freeFiles: 5)

    @Test func writesAllFamilies() throws {
        let host = host("1 2 8:1 / /data ro - ext4 /dev/sda1 rw")
        let asked = Mutex<[[UInt8]]>([])
        let collector = try FilesystemCollector(host, FlagValues()) { path in
            asked.withLock { $0.append(path) }
            return .space(Self.space)
        }
        let labels = #"{device="/dev/sda1",mountpoint="/data",fstype="ext4",device_error=""}"#
        #expect(
            samples(of: collector) == [
                "node_filesystem_avail_bytes\(labels) 40", "node_filesystem_device_error\(labels) 0",
                "node_filesystem_files\(labels) 10", "node_filesystem_files_free\(labels) 5",
                "node_filesystem_free_bytes\(labels) 50",
                #"node_filesystem_mount_info{device="/dev/sda1",major="8",minor="1",mountpoint="/data"} 1"#,
                "node_filesystem_readonly\(labels) 1", "node_filesystem_size_bytes\(labels) 100",
            ]
        )
        #expect(asked.withLock { $0 } == [Array("\(folder.path)/data".utf8)])
    }

    @Test func anErrorIsItsMountsOnly() throws {
        let host = host("1 2 8:1 / /bad rw - nfs4 h:/x rw", "2 2 8:1 / /good rw - ext4 /dev/sda1 rw")
        let collector = try FilesystemCollector(host, FlagValues()) { path in
            path.suffix(3).elementsEqual("bad".utf8) ? .error("stale file handle") : .space(Self.space)
        }
        let bad = #"{device="h:/x",mountpoint="/bad",fstype="nfs4",device_error="stale file handle"}"#
        let found = samples(of: collector)
        #expect(
            found.filter { $0.contains("/bad") }
                == ["node_filesystem_device_error\(bad) 1", "node_filesystem_readonly\(bad) 0"]
        )
        #expect(found.filter { $0.contains("/good") }.count == 8)
    }

    /// Mounts that hang are shown as such, cost the first scrape the timeout and later ones nothing, are not asked
    /// again while they hang, and are back when they answer.
    @Test(.timeLimit(.minutes(1))) func hangingMountsCostOnlyThemselves() throws {
        let lines = (0..<6).map { "1 2 8:\($0) / /dead\($0) rw - nfs4 h:/\($0) rw" }
        let host = host((lines + ["2 2 8:1 / /good rw - ext4 /dev/sda1 rw"]).joined(separator: "\n"))
        let calls = Calls()
        var flags = FlagValues()
        flags.set(FilesystemCollector.mountTimeout, to: .seconds(3))
        let collector = try FilesystemCollector(host, flags) { path in
            if path.suffix(5).starts(with: "dead".utf8) { calls.hang() }
            return .space(Self.space)
        }
        func scrape() -> (dead: Int, good: Int, seconds: Duration) {
            let start = ContinuousClock.now
            let found = samples(of: collector)
            let dead = found.count { $0.contains(#"device_error="mountpoint timeout"} 1"#) }
            return (dead, found.count { $0.contains("/good") }, ContinuousClock.now - start)
        }
        let first = scrape()
        #expect(first.dead == 6 && first.good == 8)
        // One after the other, they would take eighteen.
        #expect(first.seconds < .seconds(15))
        let second = scrape()
        #expect(second.dead == 6 && second.good == 8)
        #expect(second.seconds < .seconds(3))
        #expect(calls.count == 6)
        calls.release()
        var last = scrape()
        for _ in 0..<100 where last.dead > 0 {
            usleep(10_000)
            last = scrape()
        }
        #expect(last.dead == 0 && last.good == 8)
    }

    /// Calls that do not return until they are released.
    private final class Calls: Sendable {
        private let state = Mutex((count: 0, isReleased: false))

        var count: Int { state.withLock { $0.count } }

        func hang() {
            state.withLock { if !$0.isReleased { $0.count += 1 } }
            while !state.withLock({ $0.isReleased }) { usleep(5_000) }
        }

        func release() { state.withLock { $0.isReleased = true } }
    }

    @Test func choosesMounts() throws {
        let host = host(
            "1 2 0:1 / / rw - overlay overlay rw",
            "2 2 8:1 / /data rw - ext4 /dev/sda1 rw",
            "3 2 0:2 / /run/credentials/x rw - tmpfs none rw",
            "4 2 0:3 / /run rw - tmpfs tmpfs rw",
            "5 2 8:1 / /data rw - ext4 /dev/sda1 ro",
            "6 2 0:4 / /img ro - erofs /dev/loop0 ro"
        )
        func mountPoints(_ flags: FlagValues) throws -> [String] {
            samples(of: try FilesystemCollector(host, flags) { _ in .space(Self.space) })
                .filter { $0.hasPrefix("node_filesystem_size_bytes") }
                .compactMap { $0.split(separator: "\"").dropFirst(3).first.map(String.init) }
        }
        #expect(try mountPoints(FlagValues()) == ["/data", "/run"])
        var flags = FlagValues()
        flags.set(FilesystemCollector.mountPointsInclude, to: try Pattern("^/(img|data)$"))
        #expect(try mountPoints(flags) == ["/data"])
        flags.set(FilesystemCollector.typesInclude, to: try Pattern("erofs"))
        #expect(try mountPoints(flags) == ["/img"])
        flags.set(FilesystemCollector.typesExclude, to: try Pattern("x"))
        #expect(throws: UsageError.self) { try mountPoints(flags) }
    }

    @Test func thePatternsAreThere() {
        #expect(FilesystemCollector.mountPointsExclude.defaultValue != nil)
        #expect(FilesystemCollector.typesExclude.defaultValue != nil)
    }

    @Test func readsOwnMountsWhereTheFirstProcessIsHidden() throws {
        folder.write("proc/self/mountinfo", "2 2 8:1 / /data rw - ext4 /dev/sda1 rw\n")
        let collector = try FilesystemCollector(Host(root: folder.path), FlagValues()) { _ in .space(Self.space) }
        #expect(samples(of: collector).count == 8)
    }

    @Test func seesMountsComeAndGo() throws {
        let host = host("2 2 8:1 / /a rw - ext4 /dev/sda1 rw")
        let collector = try FilesystemCollector(host, FlagValues()) { _ in .space(Self.space) }
        #expect(samples(of: collector).count == 8)
        folder.write("proc/1/mountinfo", "2 2 8:1 / /b rw - ext4 /dev/sda1 rw\n3 2 8:2 / /c rw - ext4 /dev/sda2 rw\n")
        #expect(samples(of: collector).count == 16)
        #expect(!samples(of: collector).contains { $0.contains("\"/a\"") })
        folder.write("proc/1/mountinfo", "")
        #expect(samples(of: collector).first?.hasPrefix("# failed") == true)
    }

    @Test func asksThisMachine() throws {
        guard case .space(let space) = FilesystemSpace.ask([UInt8(ascii: "/")]) else {
            Issue.record("no answer for /")
            return
        }
        #expect(space.size > 0 && space.free >= space.available && space.files >= space.freeFiles)
        #expect(FilesystemSpace.ask(Array("/nowhere".utf8)) == .error("no such file or directory"))
        #expect(!samples(of: try FilesystemCollector(Host(FlagValues()), FlagValues())).isEmpty)
    }
}
