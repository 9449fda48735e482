import ExporterSDK
import Exposition
import Testing

@testable import NodeCollectors

/// The small collectors of sysfs: what they understand, and that what can't be read costs its own sample only.
struct SysfsTests {
    @Test(arguments: [
        ("bonding", "# absent: /sys/class/net/bonding_masters: No such file or directory"),
        ("cpufreq", "# absent: /sys/devices/system/cpu: No such file or directory"),
        ("dmi", "# absent: /sys/class/dmi/id: No such file or directory"),
        ("edac", "# absent: /sys/devices/system/edac/mc: No such file or directory"),
        ("hwmon", "# absent: /sys/class/hwmon: No such file or directory"),
        ("nvme", "# absent: /sys/class/nvme: No such file or directory"),
        ("powersupplyclass", "# absent: /sys/class/power_supply: No such file or directory"),
        ("rapl", "# absent: /sys/class/powercap: No such file or directory"),
        ("selinux", "node_selinux_enabled 0"),
        ("thermal_zone", "# absent: /sys/class/thermal: No such file or directory"),
        ("watchdog", "# absent: /sys/class/watchdog: No such file or directory"),
    ])
    func withoutTheHardware(name: String, output: String) throws {
        let type = try #require(nodeCollectors.first { "\($0.name)" == name })
        #expect(try samples(of: type, over: [:]) == [output])
    }

    @Test func cpufreqOfCPUsThatHaveIt() throws {
        let files = [
            "sys/devices/system/cpu/cpu0/online": "1\n",
            "sys/devices/system/cpu/cpufreq/boost": "1\n",
            "sys/devices/system/cpu/cpu10/cpufreq/scaling_cur_freq": "<unknown>\n",
            "sys/devices/system/cpu/cpu10/cpufreq/scaling_max_freq": "2000\n",
            "sys/devices/system/cpu/cpu10/cpufreq/scaling_governor": "userspace\n",
        ]
        #expect(
            try samples(of: CpufreqCollector.self, over: files) == [
                #"node_cpu_scaling_frequency_max_hertz{cpu="10"} 2e+06"#,
                #"node_cpu_scaling_governor{cpu="10",governor="userspace"} 1"#,
            ]
        )
        let none = try samples(of: CpufreqCollector.self, over: ["sys/devices/system/cpu/cpu0/online": "1\n"])
        #expect(none == ["# absent: /sys/devices/system/cpu: no CPU has a cpufreq folder"])
    }

    /// The cpu collector has that metric then, with other labels.
    @Test func cpufreqLeavesTheFrequencyToCpuinfo() throws {
        let files = ["sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_cur_freq": "2000\n"]
        var flags = FlagValues()
        #expect(try samples(of: CpufreqCollector.self, over: files, flags).count == 1)
        flags.set(Flag("collector.cpu.info", default: false, help: ""), to: true)
        #expect(try samples(of: CpufreqCollector.self, over: files, flags).isEmpty)
        flags.set(Flag("collector.cpu", default: true, help: ""), to: false)
        #expect(try samples(of: CpufreqCollector.self, over: files, flags).count == 1)
    }

    @Test func bondsWithoutInterfacesAndWithUnknownOnes() throws {
        let files = [
            "sys/class/net/bonding_masters": "bond0 bond1 gone\n",
            "sys/class/net/bond0/bonding/slaves": "\n",
            "sys/class/net/bond1/bonding/slaves": "eth0 eth1\n",
            "sys/class/net/bond1/slave_eth0/bonding_slave/mii_status": "up\n",
        ]
        #expect(
            try samples(of: BondingCollector.self, over: files) == [
                #"node_bonding_active{master="bond0"} 0"#, #"node_bonding_slaves{master="bond0"} 0"#,
                #"node_bonding_slaves{master="bond1"} 2"#,
            ]
        )
    }

    @Test(
        arguments: [
            ("nvme0n1", "1"), ("nvme10c2n33", "33"), ("nvme0n1p1", nil), ("nvme0", nil), ("nvme0c1", nil),
            ("nvme0n", nil),
            ("nvmen1", nil), ("nvme0cn1", nil), ("ng0n1", nil), ("", nil), ("nvme0n1 ", nil),
        ] as [(String, String?)]
    )
    func namespaceNumbers(folder: String, number: String?) {
        #expect(NvmeCollector.namespaceNumber(Bytes(folder))?.text == number)
    }

    @Test(
        arguments: [
            ("ch0_ce_count", "0"), ("ch12_ce_count", "12"), ("ch0_ue_count", nil), ("ch_ce_count", nil),
            ("chx_ce_count", nil),
            ("ce_count", nil), ("ch0_ce_count_", nil),
        ] as [(String, String?)]
    )
    func memoryChannels(file: String, channel: String?) {
        #expect(EdacCollector.channel(Bytes(file))?.text == channel)
    }

    @Test(
        arguments: [
            ("mc#0csrow#2channel#1", "mc0_csrow2_channel1"), ("CPU_SrcID#0_DIMM#1", "CPU_SrcID0_DIMM1"), ("", ""),
            (nil, "unknown"),
        ] as [(String?, String)]
    )
    func memoryLabels(text: String?, label: String) {
        let value =
            switch EdacCollector.dimmLabel(text.map { Bytes($0) }) {
            case .text(let text): text
            case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
            }
        #expect(value == label)
    }

    @Test(arguments: [
        (["package-0", "core", "package-1", "core"], ["package 0", "core 0", "package 1", "core 1"]),
        (["dram", "dram", "dram"], ["dram 0", "dram 1", "dram 2"]),
        (["package-0-die-1", "-1", "psys-", "x--1"], ["package-0-die-1 0", "-1 0", "psys- 0", "x--1 0"]),
        (
            ["core-99999999999999999999", "core-9223372036854775807"],
            ["core-99999999999999999999 0", "core 9223372036854775807"]
        ),
    ])
    func energyZones(names: [String], zones: [String]) {
        var used: [Bytes: Int] = [:]
        let found = names.map { RaplCollector.zone(Bytes($0), &used) }
        #expect(found.map { "\($0.name.text) \($0.index)" } == zones)
    }

    @Test func energyThatOnlyRootMayRead() throws {
        let samples = try samples(of: RaplCollector.self, over: ["sys/class/powercap/intel-rapl:0/name": "package-0\n"])
        #expect(samples == ["# absent: /sys/class/powercap: no zone whose energy_uj may be read"])
    }

    @Test func energyWithTheZoneAsALabel() throws {
        let files = [
            "sys/class/powercap/intel-rapl:0/name": "package-0\n",
            "sys/class/powercap/intel-rapl:0/energy_uj": "1500000\n",
        ]
        var flags = FlagValues()
        flags.set(RaplCollector.enableZoneLabel, to: true)
        #expect(
            try samples(of: RaplCollector.self, over: files, flags) == [
                #"node_rapl_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0",rapl_zone="package"} 1.5"#
            ]
        )
    }

    @Test(
        arguments: [
            ("SELINUX=enforcing\n", 1), ("SELINUX=permissive", 0), (" SELINUX = disabled \n", -1),
            ("SELINUX=Enforcing", 1),
            ("#SELINUX=enforcing\n;SELINUX=enforcing\n", nil), ("SELINUXTYPE=targeted\n", nil),
            ("SELINUX=maybe\n", nil),
            ("SELINUX=disabled\nSELINUX=enforcing\n", 1), ("", nil), ("SELINUX", nil),
        ] as [(String, Double?)]
    )
    func selinuxModes(text: String, mode: Double?) { #expect(SelinuxCollector.configuredMode(Bytes(text)) == mode) }

    @Test func selinuxWithoutAPolicyIsNotEnabled() throws {
        let files = ["sys/fs/selinux/enforce": "0", "proc/self/attr/current": "kernel\0"]
        #expect(try samples(of: SelinuxCollector.self, over: files) == ["node_selinux_enabled 0"])
        let loaded = ["sys/fs/selinux/enforce": "0", "proc/self/attr/current": "system_u:object_r:init_t:s0\0"]
        #expect(
            try samples(of: SelinuxCollector.self, over: loaded) == [
                "node_selinux_current_mode 0", "node_selinux_enabled 1",
            ]
        )
    }

    @Test func firmwareThatSaysLittle() throws {
        #expect(
            try samples(
                of: DmiCollector.self,
                over: ["sys/class/dmi/id/bios_date": "", "sys/class/dmi/id/uevent": "x"]
            )
                == [#"node_dmi_info{bios_date=""} 1"#]
        )
        let none = try samples(of: DmiCollector.self, over: ["sys/class/dmi/id/uevent": "x"])
        #expect(none == ["# absent: /sys/class/dmi/id: nothing that may be read"])
    }

    @Test func powerSuppliesToIgnore() throws {
        let files = [
            "sys/class/power_supply/BAT0/capacity": "50\n", "sys/class/power_supply/BAT0/voltage_now": "-\n",
            "sys/class/power_supply/hidpp_battery_0/capacity": "10\n",
        ]
        var flags = FlagValues()
        flags.set(PowerSupplyClassCollector.ignoredSupplies, to: try Pattern("^hidpp"))
        #expect(
            try samples(of: PowerSupplyClassCollector.self, over: files, flags) == [
                #"node_power_supply_capacity{power_supply="BAT0"} 50"#,
                #"node_power_supply_info{power_supply="BAT0"} 1"#,
            ]
        )
    }

    @Test func zonesWhoseSensorIsOff() throws {
        let files = [
            "sys/class/thermal/thermal_zone0/type": "wifi\n", "sys/class/thermal/thermal_zone1/temp": "-4500\n",
            "sys/class/thermal/thermal_zones/temp": "1\n", "sys/class/thermal/cooling_device3/max_state": "7\n",
        ]
        #expect(
            try samples(of: ThermalZoneCollector.self, over: files) == [
                #"node_cooling_device_max_state{name="3",type=""} 7"#,
                #"node_thermal_zone_temp{zone="1",type=""} -4.5"#,
            ]
        )
    }

    @Test func watchdogsWithOddNumbers() throws {
        let files = ["sys/class/watchdog/watchdog0/timeout": "soon\n", "sys/class/watchdog/watchdog0/timeleft": "7\n"]
        let samples = try samples(of: WatchdogCollector.self, over: files)
        #expect(
            samples.first
                == #"node_watchdog_info{name="watchdog0",options="",identity="",state="",status="",pretimeout_governor=""} 1"#
        )
        #expect(samples.dropFirst() == [#"node_watchdog_timeleft_seconds{name="watchdog0"} 7"#])
    }
}
