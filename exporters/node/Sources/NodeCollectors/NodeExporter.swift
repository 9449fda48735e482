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
    environment: { flags in Host(flags) }
)
