import ExporterSDK
import ExporterTesting
import Testing

@testable import NodeCollectors

/// Whatever stands in the files of `/sys` and their names, reading it gives values or an error and never ends the
/// process.
struct SysFuzzTests {
    struct Target: Sendable, CustomTestStringConvertible {
        let name: String
        /// Good inputs: files of the host of the golden tests, and texts.
        let seeds: [[UInt8]]
        let run: @Sendable (Bytes) -> Void

        var testDescription: String { name }

        init(_ name: String, files: [String] = [], texts: [String] = [], run: @escaping @Sendable (Bytes) -> Void) {
            self.name = name
            seeds = files.map(fixture) + texts.map { Array($0.utf8) }
            self.run = run
        }
    }

    static let targets = [
        Target("diskstats", files: ["proc/diskstats"]) { bytes in
            for statistic in (try? DiskstatsCollector.parse(bytes)) ?? [] {
                _ = BlockDevice(statistic, UdevProperties()).info(isRotational: true)
            }
        },
        Target("udev", files: ["udev/b8:0", "udev/b253:0"]) { bytes in
            let properties = UdevProperties(parsing: bytes)
            _ = properties["ID_SERIAL"]
        },
        Target("mdstat", files: ["proc/mdstat"]) { bytes in
            for array in (try? RaidArray.parse(bytes)) ?? [] where array.state == .active {
                if let blocks = array.blocks, array.syncedBlocks != blocks { Issue.record("active, but not in sync") }
            }
        },
        Target("hwmon files", texts: ["temp1_input", "update_interval", "in0", "fan12_crit_alarm", "vrm"]) { bytes in
            guard let attribute = HwmonAttribute(file: bytes.text) else { return }
            if !attribute.sensor.hasPrefix(attribute.kind.rawValue) { Issue.record("\(attribute)") }
        },
        Target("hwmon names", texts: ["CoreTemp.0", "_nct6779_", "0000:00:03.0"]) { bytes in
            let name = HwmonAttribute.clean(bytes)
            if name.hasPrefix("_") || name.hasSuffix("_") || !name.allSatisfy(\.isASCII) { Issue.record("\(name)") }
        },
        Target("hwmon places", texts: ["/sys/devices/platform/coretemp.0"]) { bytes in
            _ = HwmonPlan.chipName(devicePath: bytes.text)
        },
        Target("nvme", texts: ["nvme0n1", "nvme0c1n2"]) { _ = NvmeCollector.namespaceNumber($0) },
        Target("edac", texts: ["ch0_ce_count", "mc#0csrow#1channel#0"]) { bytes in
            _ = EdacCollector.channel(bytes)
            _ = EdacCollector.dimmLabel(bytes)
        },
        Target("rapl", texts: ["package-0", "package-0-die-1", "core"]) { bytes in
            var used: [Bytes: Int] = [:]
            for name in bytes.lines { _ = RaplCollector.zone(name, &used) }
        },
        Target("selinux", files: ["etc/selinux/config"]) { _ = SelinuxCollector.configuredMode($0) },
    ]

    @Test(arguments: targets)
    func neverTraps(target: Target) { fuzz(target.name, seeds: target.seeds) { target.run($0[...]) } }
}
