public import ExporterSDK
public import Exposition

/// Which state the software RAID arrays are in, how many disks they have and lack, and how far a resync has come.
///
/// Reads `/proc/mdstat` and `/sys/block/md*/md`; see md(4) and <https://docs.kernel.org/admin-guide/md.html>.
public struct MdadmCollector: Collector {
    public static let name: StaticString = "mdadm"
    public static let help: StaticString =
        "State, disks and resync progress of software RAID arrays, from /proc/mdstat and /sys/block/md*/md."

    let state = Metric(.gauge, "node_md_state", "Indicates the state of md-device.", labels: ["device", "state"])
    let disks = Metric(
        .gauge,
        "node_md_disks",
        "Number of active/failed/spare disks of device.",
        labels: ["device", "state"]
    )
    let disksRequired = Metric(
        .gauge,
        "node_md_disks_required",
        "Total number of disks of device.",
        labels: ["device"]
    )
    let blocks = Metric(.gauge, "node_md_blocks", "Total number of blocks on device.", labels: ["device"])
    let blocksSynced = Metric(
        .gauge,
        "node_md_blocks_synced",
        "Number of blocks synced on device.",
        labels: ["device"]
    )
    let raidDisks = Metric(.gauge, "node_md_raid_disks", "Number of raid disks on device.", labels: ["device"])
    let degraded = Metric(.gauge, "node_md_degraded", "Number of degraded disks on device.", labels: ["device"])

    private let proc: FileTree
    private let sys: FileTree

    public init(_ host: Host, _ flags: FlagValues) {
        proc = host.proc
        sys = host.sys
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        // The file is there as soon as the driver is, so without it there is no array in sysfs either.
        for array in try RaidArray.parse(proc.read("mdstat")) { emit(array, into: &out) }
        for device in sys.list("block") where device.hasPrefix("md") { emitAttributes(of: device, into: &out) }
    }

    private func emit(_ array: RaidArray, into out: inout MetricWriter) {
        let device = LabelValue(array.name)
        for state in RaidArray.State.allCases {
            out.emit(self.state, array.state == state ? 1 : 0, [device, .init(state.rawValue)])
        }
        if let count = array.activeDisks { out.emit(disks, Double(count), [device, "active"]) }
        out.emit(disks, Double(array.failedDisks), [device, "failed"])
        out.emit(disks, Double(array.spareDisks), [device, "spare"])
        if let count = array.requiredDisks { out.emit(disksRequired, Double(count), [device]) }
        if let count = array.blocks { out.emit(blocks, Double(count), [device]) }
        if let count = array.syncedBlocks { out.emit(blocksSynced, Double(count), [device]) }
    }

    private func emitAttributes(of device: String, into out: inout MetricWriter) {
        let folder = "block/\(device)/md"
        guard let level = sys.attribute("\(folder)/level") else { return }
        // While an array is reshaped the old number follows in parentheses.
        var counts = (sys.attribute("\(folder)/raid_disks") ?? []).fields
        if let count = counts.next()?.uint64 { out.emit(raidDisks, Double(count), [.init(device)]) }
        if level == "raid0" || level == "linear" {
            // Without redundancy there is no such attribute: an array that lost a disk is not degraded, it is gone.
            out.emit(degraded, 0, [.init(device)])
        } else if let count = sys.attribute("\(folder)/degraded")?.uint64 {
            out.emit(degraded, Double(count), [.init(device)])
        }
    }
}
