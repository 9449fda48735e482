public import ExporterSDK

/// node-exporter: what it is called and what it is made of. Its executable runs this.
public let nodeExporter = Exporter(
    identity: ExporterIdentity(
        program: "node-exporter",
        namespace: "node",
        summary: "Exports what the Linux kernel says of this host: CPU, memory, disks, network, sensors and more."
    ),
    port: 9100,
    flags: Host.flags,
    collectors: nodeCollectors,
    foreignCollectors: [
        "bcache", "bcachefs", "btrfs", "buddyinfo", "cgroups", "cpu_vulnerabilities", "dmmultipath", "drbd", "drm",
        "ethtool", "fibrechannel", "infiniband", "ipvs", "ksmd", "lnstat", "logind", "meminfo_numa", "mountstats",
        "network_route", "nfs", "nfsd", "ntp", "nvmesubsystem", "pcidevice", "perf", "qdisc", "runit", "slabinfo",
        "supervisord", "swap", "sysctl", "systemd", "tapestats", "tcpstat", "wifi", "xfrm", "xfs", "zfs", "zoneinfo",
    ],
    plots: [
        Plot(
            "CPU busy",
            .ratio,
            .rate("node_cpu_seconds_total", where: "mode", isNot: "idle"),
            over: .rate("node_cpu_seconds_total"),
            collector: "cpu"
        ),
        Plot(
            "Memory used",
            .ratio,
            .value("node_memory_MemTotal_bytes"),
            minus: .value("node_memory_MemAvailable_bytes"),
            over: .value("node_memory_MemTotal_bytes"),
            collector: "meminfo"
        ),
        Plot(
            "File systems used",
            .ratio,
            .value("node_filesystem_size_bytes"),
            minus: .value("node_filesystem_avail_bytes"),
            over: .value("node_filesystem_size_bytes"),
            by: "mountpoint",
            collector: "filesystem"
        ),
        Plot(
            "Disk reads and writes",
            .perSecond,
            .rate("node_disk_reads_completed_total"),
            .rate("node_disk_writes_completed_total"),
            by: "device",
            collector: "diskstats"
        ),
        Plot(
            "Network received",
            .bytesPerSecond,
            .rate("node_network_receive_bytes_total"),
            by: "device",
            collector: "netdev"
        ),
        Plot("Load", .count, .value("node_load1"), collector: "loadavg"),
    ],
    environment: { flags in Host(flags) }
)
