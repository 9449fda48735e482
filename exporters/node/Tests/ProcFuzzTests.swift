import ExporterSDK
import ExporterTesting
import Testing

@testable import NodeCollectors

/// Whatever stands in the files of `/proc`, reading it gives values or an error and never ends the process.
struct ProcFuzzTests {
    static let targets = [
        FuzzTarget("stat", files: ["proc/stat"]) { _ = try? StatCollector.parse($0) },
        FuzzTarget("cpu ticks", files: ["proc/stat"]) { bytes in
            guard let now = try? CpuTicks.parse(bytes), let first = now.first else { return }
            _ = CpuTicks.never(now, behind: [first] + now.reversed()).map { $0.seconds(9) }
        },
        FuzzTarget("cpuinfo", files: ["proc/cpuinfo"]) { _ = try? CpuInfo.parse($0) },
        FuzzTarget("cpu list", texts: ["0-3,8,10-11\n", "0-18446744073709551615"]) { bytes in
            let list = CpuList(bytes)
            for cpu in list.cpus.prefix(100) where !list.contains(cpu) { Issue.record("\(cpu) is missing") }
        },
        FuzzTarget("meminfo", files: ["proc/meminfo"]) { bytes in
            for field in (try? MeminfoCollector.parse(bytes)) ?? [] { _ = MeminfoCollector.metricName(field.name) }
        },
        FuzzTarget("vmstat", files: ["proc/vmstat"]) { _ = try? VmstatCollector.parse($0) },
        FuzzTarget("filefd", files: ["proc/sys/fs/file-nr"]) { _ = try? FilefdCollector.parse($0) },
        FuzzTarget("sockstat", files: ["proc/net/sockstat", "proc/net/sockstat6"]) {
            _ = try? SockstatCollector.parse($0)
        },
        FuzzTarget("netstat tables", files: ["proc/net/netstat", "proc/net/snmp"]) {
            _ = try? NetstatCollector.parseTables($0)
        },
        FuzzTarget("netstat lines", files: ["proc/net/snmp6"]) { bytes in
            for line in NetstatCollector.parseLines(bytes) { _ = NetstatCollector.key(line.name) }
        },
        FuzzTarget("pressure", files: ["proc/pressure/io", "proc/pressure/irq"]) { _ = PressureCollector.parse($0) },
        FuzzTarget("os", files: ["etc/os-release"], texts: [#"ID="a\"b" "#, "SUPPORT_END=2026-05-13\nVERSION_ID=9.1"]) {
            for (_, value) in (try? OsCollector.parse($0)) ?? [:] {
                _ = OsCollector.majorMinor(Bytes(value))
                _ = OsCollector.timestamp(Bytes(value))
            }
        },
        FuzzTarget("os dates", texts: ["2026-05-13", "1970-01-01"]) { _ = OsCollector.timestamp($0) },
        FuzzTarget("softnet", files: ["proc/net/softnet_stat"]) { bytes in
            for line in (try? SoftnetCollector.parse(bytes)) ?? [] { _ = line[11] }
        },
        FuzzTarget("schedstat", files: ["proc/schedstat"]) { _ = try? SchedstatCollector.parse($0) },
        FuzzTarget("conntrack", files: ["proc/net/stat/nf_conntrack"]) { _ = try? ConntrackCollector.parse($0) },
        FuzzTarget("udp_queues", files: ["proc/net/udp", "proc/net/udp6"]) { _ = try? UdpQueuesCollector.parse($0) },
        FuzzTarget("interrupts", files: ["proc/interrupts"]) { bytes in
            for interrupt in (try? InterruptsCollector.parse(bytes).interrupts) ?? [] { _ = interrupt.filterName }
        },
        FuzzTarget("softirqs", files: ["proc/softirqs"]) { _ = try? SoftirqsCollector.parse($0) },
        FuzzTarget("processes", files: ["proc/714/stat"]) { _ = ProcessesCollector.parse($0) },
    ]

    @Test(arguments: targets)
    func neverTraps(target: FuzzTarget) {
        #expect(!target.seeds.isEmpty && target.seeds.allSatisfy { !$0.isEmpty })
        // A debug build reads a file of some kilobytes in a millisecond.
        fuzz(target.name, seeds: target.seeds, iterations: 1500) { target.run($0[...]) }
    }
}
