import ExporterSDK
import ExporterTesting
import Exposition
import Testing

@testable import NodeCollectors

struct CpuTests {
    // MARK: /proc/stat

    @Test(arguments: [
        ("cpu  9 9 9 9\ncpu0 100 0 0 250\n", 1, [1, 0, 0, 2.5]),
        ("cpu7 1 2 3 4 5 6 7 8 9 10 11 12\n", 1, [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1]),
        ("cpu0 1 2 3 4 x 6\ncpux 1 2 3 4\ncpu 1 2 3 4\ncpu1 1 2\n", 1, [0.01, 0.02, 0.03, 0.04]),
        ("cpu0 0 0 0 0\ncpu2 0 0 0 0\nintr 1\ncpu3 0 0 0 0\n", 2, [0, 0, 0, 0]),
    ])
    func readsTicks(text: String, cpus: Int, first: [Double]) throws {
        let ticks = try CpuTicks.parse(Bytes(text))
        #expect(ticks.count == cpus)
        let cpu = try #require(ticks.first)
        #expect((0..<cpu.count).map { cpu.seconds($0) } == first)
    }

    @Test(arguments: ["", "cpu 1 2 3 4 5 6\n", "intr 5\ncpu0 1 2 3 4\n", "cpu0 18446744073709551616 1 1 1\n", "\n"])
    func refusesTicks(text: String) {
        #expect(throws: CollectorError.self) { try CpuTicks.parse(Bytes(text)) }
    }

    // MARK: Counters that go backwards

    @Test(arguments: [
        // What fell stays where it was, what rose is taken.
        ("cpu0 10 10 10 1000 500\n", "cpu0 11 9 10 999 400\n", "cpu0 11 10 10 1000 500\n"),
        // Idle time that fell by three seconds: the CPU came back and counts anew.
        ("cpu0 10 10 10 1000 500\n", "cpu0 1 0 0 700 2\n", "cpu0 1 0 0 700 2\n"),
        ("cpu0 10 10 10 1000 500\n", "cpu0 1 0 0 701 2\n", "cpu0 10 10 10 1000 500\n"),
        // A CPU that was not there before, and one that is not there any more.
        ("cpu0 9 9 9 9\ncpu1 5 5 5 5\n", "cpu1 4 6 6 6\ncpu2 1 1 1 1\n", "cpu1 5 6 6 6\ncpu2 1 1 1 1\n"),
        // Fewer columns than before.
        ("cpu0 9 9 9 9 9 9\n", "cpu0 8 9 9 9\n", "cpu0 9 9 9 9\n"),
    ])
    func neverGoesBack(before: String, now: String, expected: String) throws {
        let result = CpuTicks.never(try CpuTicks.parse(Bytes(now)), behind: try CpuTicks.parse(Bytes(before)))
        #expect(result == (try CpuTicks.parse(Bytes(expected))))
    }

    @Test func theCollectorRemembers() throws {
        let folder = TemporaryFolder()
        folder.write("proc/stat", "cpu0 0 0 0 500 100\n")
        let collector = CpuCollector(Host(root: folder.path), FlagValues())
        _ = samples(of: collector)
        folder.write("proc/stat", "cpu0 1 0 0 501 90\n")
        #expect(samples(of: collector).contains("node_cpu_seconds_total{cpu=\"0\",mode=\"iowait\"} 1"))
        #expect(samples(of: collector).contains("node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 5.01"))
    }

    // MARK: Topology

    @Test(arguments: [
        ("0-3", [0, 1, 2, 3]), ("0", [0]), ("1,3-4\n", [1, 3, 4]), ("", []), ("x,2,4-x,3-1", [2]), (",,", []),
        ("18446744073709551615", [UInt64.max]), ("5-5", [5]),
    ])
    func readsLists(text: String, cpus: [UInt64]) {
        #expect(Array(CpuList(Bytes(text)).cpus) == cpus)
    }

    @Test func aListHasNoMoreThanThereCanBe() {
        #expect(Array(CpuList(Bytes("0-18446744073709551615")).cpus).count == CpuList.cpusMax)
        #expect(CpuList(Bytes("0-18446744073709551615")).contains(.max))
    }

    @Test func throttlesCountOncePerCoreAndPackage() throws {
        var files = ["proc/stat": "cpu0 0 0 0 0\n"]
        for cpu in 0..<4 {
            let folder = "sys/devices/system/cpu/cpu\(cpu)"
            files["\(folder)/topology/physical_package_id"] = "\(cpu / 2)\n"
            files["\(folder)/topology/core_id"] = "0\n"
            files["\(folder)/thermal_throttle/core_throttle_count"] = cpu == 0 ? nil : "\(cpu)\n"
        }
        files["sys/devices/system/cpu/cpu3/thermal_throttle/package_throttle_count"] = "9\n"
        let lines = try samples(of: CpuCollector.self, over: files).filter { $0.contains("throttles") }
        #expect(
            lines == [
                "node_cpu_core_throttles_total{package=\"0\",core=\"0\"} 1",
                "node_cpu_core_throttles_total{package=\"1\",core=\"0\"} 2",
                "node_cpu_package_throttles_total{package=\"1\"} 9",
            ]
        )
    }

    @Test func onlineFollowsHotplug() throws {
        let folder = TemporaryFolder()
        folder.write("proc/stat", "cpu0 0 0 0 0\n")
        folder.write("sys/devices/system/cpu/online", "0-1\n")
        folder.makeFolder("sys/devices/system/cpu/cpu0")
        folder.write("sys/devices/system/cpu/cpu1/online", "1\n")
        let collector = CpuCollector(Host(root: folder.path), FlagValues())
        func online() -> [String] { samples(of: collector).filter { $0.contains("online") } }
        #expect(online() == ["node_cpu_online{cpu=\"0\"} 1", "node_cpu_online{cpu=\"1\"} 1"])
        folder.write("sys/devices/system/cpu/online", "0\n")
        #expect(online() == ["node_cpu_online{cpu=\"0\"} 1", "node_cpu_online{cpu=\"1\"} 0"])
    }

    @Test func saysNothingOfCpusThatCannotGoOffline() throws {
        let files = [
            "proc/stat": "cpu0 0 0 0 0\n", "sys/devices/system/cpu/online": "0\n",
            "sys/devices/system/cpu/cpu0/uevent": "",
        ]
        #expect(try samples(of: CpuCollector.self, over: files).allSatisfy { !$0.contains("online") })
    }

    // MARK: /proc/cpuinfo

    @Test func readsX86() throws {
        let cpus = try CpuInfo.parse(fixture("proc/cpuinfo")[...])
        #expect(cpus.map(\.number) == ["0", "1", "3"])
        let first = try #require(cpus.first)
        #expect(first.megahertz == 3399.981)
        #expect(first.cacheSize == .bytes(Bytes("12288 KB")))
        #expect(first.bugs.text == "spectre_v1 spectre_v2 mmio_stale_data gds")
    }

    @Test func readsArm() throws {
        let text = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n\nprocessor\t: 1\n"
        let cpus = try CpuInfo.parse(Bytes(text))
        #expect(cpus.count == 2)
        #expect(cpus[0].flags.text == "fp asimd")
        #expect(cpus[1].megahertz == nil)
    }

    @Test(arguments: ["", "processor\n", "processor : x\n", "model name : y\n", "processor : -1\n"])
    func refusesCpuInfo(text: String) {
        #expect(throws: CollectorError.self) { try CpuInfo.parse(Bytes(text)) }
    }

    @Test func infoWhereAsked() throws {
        let files = [
            "proc/stat": "cpu0 0 0 0 0\n", "proc/cpuinfo": "processor: 0\ncpu MHz: 1.5\nflags: a bc\nbugs: d\n",
        ]
        func lines(_ flags: FlagValues) throws -> [String] {
            try samples(of: CpuCollector.self, over: files, flags).filter { !$0.contains("seconds") }
        }
        var flags = FlagValues()
        #expect(try lines(flags).isEmpty)
        flags.set(CpuCollector.flagsInclude, to: try Pattern("^a"))
        flags.set(CpuCollector.bugsInclude, to: try Pattern("."))
        let info = """
            node_cpu_info{package="",core="",cpu="0",vendor="",family="",model="",model_name="",microcode="",\
            stepping="",cachesize=""} 1
            """
        let named = ["node_cpu_bug_info{bug=\"d\"} 1", "node_cpu_flag_info{flag=\"a\"} 1"]
        let frequency = "node_cpu_frequency_hertz{package=\"\",core=\"\",cpu=\"0\"} 1.5e+06"
        #expect(try lines(flags) == named + [frequency, info])
        flags.set(Flag("collector.cpufreq", default: true, help: ""), to: false)
        #expect(try lines(flags) == named + [info])
    }

    @Test func guestTimeCanBeLeftOut() throws {
        var flags = FlagValues()
        flags.set(CpuCollector.guest, to: false)
        let files = ["proc/stat": "cpu0 1 1 1 1 1 1 1 1 1 1\n"]
        #expect(try samples(of: CpuCollector.self, over: files, flags).count == 8)
        #expect(try samples(of: CpuCollector.self, over: files).count == 10)
    }
}
