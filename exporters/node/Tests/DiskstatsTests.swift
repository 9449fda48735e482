import ExporterSDK
import ExporterTesting
import Glibc
import Testing

@testable import NodeCollectors

struct DiskstatsTests {
    @Test(
        arguments: [
            ("   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            ("8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
            ("8 0 sda 1 2 3 4 5 6 7 8 9 10 18446744073709551615", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, .max]),
        ] as [(String, [UInt64])]
    )
    func readsColumns(text: String, values: [UInt64]) throws {
        let statistics = try DiskstatsCollector.parse(Bytes(text))
        #expect(statistics.map(\.values) == [values])
        #expect(statistics.first?.device.text == "sda")
    }

    @Test(arguments: [
        "8 0 sda 1 2 3", "8 0 sda 1 2 3 4 5 6 7 8 9 10 x", "8 0 sda 1 2 3 4 5 6 7 8 9 10 -1", "x 0 sda 1", "nonsense",
        "8 0 sda 1 2 3 4 5 6 7 8 9 10 18446744073709551616", "\0\0\0",
    ])
    func refuses(text: String) throws {
        let good = "8 16 sdb 1 2 3 4 5 6 7 8 9 10 11\n"
        let devices = try DiskstatsCollector.parse(Bytes("\(text)\n\(good)\(text)")).map(\.device.text)
        #expect(devices == ["sdb"])
        if text.contains(where: { $0 != "\0" }) {
            #expect(throws: CollectorError.self) { try DiskstatsCollector.parse(Bytes(text)) }
        }
    }

    /// Not a failure: a host may have no block devices.
    @Test func emptyFileHasNoDevices() throws { #expect(try DiskstatsCollector.parse([]).isEmpty) }

    @Test(
        arguments: [
            ("E:ID_MODEL=A=B\nE:ID_PATH=\nS:ID_WWN=1\nID_REVISION=2\nE:\nE:x\n", "ID_MODEL", "A=B"),
            ("E:ID_MODEL=A=B\nE:ID_PATH=\nS:ID_WWN=1", "ID_PATH", nil),
            ("S:ID_WWN=1", "ID_WWN", nil),
            ("", "ID_MODEL", nil),
            ("E:ID_MODEL=one\nE:ID_MODEL=two", "ID_MODEL", "two"),
        ] as [(String, String, String?)]
    )
    func readsUdevProperties(text: String, name: String, value: String?) {
        #expect(UdevProperties(parsing: Bytes(text))[name] == value)
    }

    private static let line = "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n"

    @Test(arguments: [
        ("E:SCSI_IDENT_SERIAL=a\nE:ID_SERIAL_SHORT=b\nE:ID_SERIAL=c", "a"),
        ("E:ID_SERIAL_SHORT=b\nE:ID_SERIAL=c", "b"), ("E:ID_SERIAL=c", "c"),
        ("E:SCSI_IDENT_SERIAL=\nE:ID_SERIAL=c", "c"),
        ("", ""),
    ])
    func choosesTheSerialNumber(udev: String, serial: String) throws {
        let samples = try samples(
            of: DiskstatsCollector.self,
            over: ["proc/diskstats": Self.line, "udev/b8:0": udev]
        )
        #expect(samples.contains { $0.hasPrefix("node_disk_info") && $0.contains(#"serial="\#(serial)""#) })
    }

    @Test func ataValuesAreOfATADisksAndNumbers() throws {
        let values = "E:ID_ATA_WRITE_CACHE=1\nE:ID_ATA_ROTATION_RATE_RPM=fast\n"
        for (udev, count) in [(values, 0), ("E:ID_ATA=1\n" + values, 1)] {
            let samples = try samples(
                of: DiskstatsCollector.self,
                over: ["proc/diskstats": Self.line, "udev/b8:0": udev]
            )
            #expect(samples.count { $0.hasPrefix("node_disk_ata") } == count)
        }
    }

    @Test func noticesWhatUdevWroteAnew() throws {
        let folder = TemporaryFolder()
        folder.write("proc/diskstats", Self.line)
        folder.write("udev/b8:0", "E:ID_MODEL=old\n")
        let collector = try DiskstatsCollector(Host(root: folder.path), FlagValues())
        #expect(samples(of: collector).contains { $0.contains(#"model="old""#) })
        folder.write("udev/b8:0", "E:ID_MODEL=new\n")
        #expect(samples(of: collector).contains { $0.contains(#"model="new""#) })
        // Another device of the same name.
        folder.write("proc/diskstats", Self.line.replacing("8 0", with: "8 16"))
        #expect(samples(of: collector).contains { $0.contains(#"minor="16""#) && $0.contains(#"model="""#) })
    }

    @Test func readsUdevAgainOnlyWhenItsFolderChanged() throws {
        let folder = TemporaryFolder()
        folder.write("proc/diskstats", Self.line)
        func write(_ model: String, folderChangedAt second: Int) {
            folder.write("udev/b8:0", "E:ID_MODEL=\(model)\n")
            let time = timeval(tv_sec: second, tv_usec: 0)
            _ = utimes(folder.path + "/udev", [time, time])
        }
        let collector = try DiskstatsCollector(Host(root: folder.path), FlagValues())
        write("old", folderChangedAt: 1000)
        #expect(samples(of: collector).contains { $0.contains(#"model="old""#) })
        write("new", folderChangedAt: 1000)
        #expect(samples(of: collector).contains { $0.contains(#"model="old""#) })
        write("new", folderChangedAt: 1001)
        #expect(samples(of: collector).contains { $0.contains(#"model="new""#) })
    }

    @Test func leavesOutPartitionsUnlessAsked() throws {
        let files = ["proc/diskstats": Self.line + Self.line.replacing("sda", with: "sda1")]
        let isCompleted: (String) -> Bool = { $0.hasPrefix("node_disk_reads_completed_total") }
        let whole = try samples(of: DiskstatsCollector.self, over: files).filter(isCompleted)
        #expect(whole == [#"node_disk_reads_completed_total{device="sda"} 1"#])
        var flags = FlagValues()
        flags.set(DiskstatsCollector.deviceInclude, to: try Pattern("^sda1$"))
        let part = try samples(of: DiskstatsCollector.self, over: files, flags).filter(isCompleted)
        #expect(part == [#"node_disk_reads_completed_total{device="sda1"} 1"#])
        flags.set(DiskstatsCollector.deviceExclude, to: try Pattern("x"))
        #expect(throws: UsageError.self) { try samples(of: DiskstatsCollector.self, over: files, flags) }
    }
}
