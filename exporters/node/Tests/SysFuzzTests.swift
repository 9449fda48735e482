import ExporterSDK
import ExporterTesting
import Testing

@testable import NodeCollectors

/// Whatever stands in the files of `/sys` and their names, reading it gives values or an error and never ends the
/// process.
struct SysFuzzTests {
    static let targets = [
        FuzzTarget("diskstats", files: ["proc/diskstats"]) { bytes in
            for statistic in (try? DiskstatsCollector.parse(bytes)) ?? [] {
                _ = BlockDevice(statistic, UdevProperties()).info(isRotational: true)
            }
        },
        FuzzTarget("udev", files: ["udev/b8:0", "udev/b253:0"]) { bytes in
            let properties = UdevProperties(parsing: bytes)
            _ = properties["ID_SERIAL"]
        },
        FuzzTarget("mdstat", files: ["proc/mdstat"]) { bytes in
            for array in (try? RaidArray.parse(bytes)) ?? [] where array.state == .active {
                if let blocks = array.blocks, array.syncedBlocks != blocks { Issue.record("active, but not in sync") }
            }
        },
        FuzzTarget("hwmon files", texts: ["temp1_input", "update_interval", "in0", "fan12_crit_alarm", "vrm"]) {
            bytes in
            guard let attribute = HwmonAttribute(file: bytes.text) else { return }
            if !attribute.sensor.hasPrefix(attribute.kind.rawValue) { Issue.record("\(attribute)") }
        },
        FuzzTarget("hwmon names", texts: ["CoreTemp.0", "_nct6779_", "0000:00:03.0"]) { bytes in
            let name = HwmonAttribute.clean(bytes)
            if name.hasPrefix("_") || name.hasSuffix("_") || !name.allSatisfy(\.isASCII) { Issue.record("\(name)") }
        },
        FuzzTarget("hwmon places", texts: ["/sys/devices/platform/coretemp.0"]) { bytes in
            _ = HwmonPlan.chipName(devicePath: bytes.text)
        },
        FuzzTarget("nvme", texts: ["nvme0n1", "nvme0c1n2"]) { _ = NvmeCollector.namespaceNumber($0) },
        FuzzTarget("edac", texts: ["ch0_ce_count", "mc#0csrow#1channel#0"]) { bytes in
            _ = EdacCollector.channel(bytes)
            _ = EdacCollector.dimmLabel(bytes)
        },
        FuzzTarget("rapl", texts: ["package-0", "package-0-die-1", "core"]) { bytes in
            var used: [Bytes: Int] = [:]
            for name in bytes.lines { _ = RaplCollector.zone(name, &used) }
        },
        FuzzTarget("selinux", files: ["etc/selinux/config"]) { _ = SelinuxCollector.configuredMode($0) },
    ]

    @Test(arguments: targets)
    func neverTraps(target: FuzzTarget) { fuzz(target.name, seeds: target.seeds) { target.run($0[...]) } }
}
