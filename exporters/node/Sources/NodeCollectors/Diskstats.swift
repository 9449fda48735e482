public import ExporterSDK
public import Exposition
import Synchronization

/// What each block device has read, written, discarded and flushed since boot, and which device it is.
///
/// Reads `/proc/diskstats`, udev's data and `/sys/block/*/queue/rotational`; see
/// <https://www.kernel.org/doc/Documentation/admin-guide/iostats.rst>.
public final class DiskstatsCollector: Collector {
    public static let name: StaticString = "diskstats"
    public static let help: StaticString =
        "Reads, writes, discards, flushes and time spent on them for each block device, from /proc/diskstats."
    public static let flags: [any FlagDeclaration] = [deviceInclude, deviceExclude]

    static let deviceInclude = Flag<Pattern?>(
        "collector.diskstats.device-include",
        default: nil,
        placeholder: "REGEX",
        help: "Block devices to include, instead of those that device-exclude leaves."
    )
    /// Partitions tell nothing that their disk does not, but for those named otherwise (`mmcblk0p1`).
    static let deviceExclude = Flag<Pattern?>(
        "collector.diskstats.device-exclude",
        formerly: ["collector.diskstats.ignored-devices"],
        default: try? Pattern(#"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$"#),
        placeholder: "REGEX",
        help: "Block devices to leave out; can't be given together with device-include."
    )

    let readsCompleted = Metric(
        .counter,
        "node_disk_reads_completed_total",
        "The total number of reads completed successfully.",
        labels: ["device"]
    )
    let readsMerged = Metric(
        .counter,
        "node_disk_reads_merged_total",
        "The total number of reads merged.",
        labels: ["device"]
    )
    let readBytes = Metric(
        .counter,
        "node_disk_read_bytes_total",
        "The total number of bytes read successfully.",
        labels: ["device"]
    )
    let readSeconds = Metric(
        .counter,
        "node_disk_read_time_seconds_total",
        "The total number of seconds spent by all reads.",
        labels: ["device"]
    )
    let writesCompleted = Metric(
        .counter,
        "node_disk_writes_completed_total",
        "The total number of writes completed successfully.",
        labels: ["device"]
    )
    let writesMerged = Metric(
        .counter,
        "node_disk_writes_merged_total",
        "The number of writes merged.",
        labels: ["device"]
    )
    let writtenBytes = Metric(
        .counter,
        "node_disk_written_bytes_total",
        "The total number of bytes written successfully.",
        labels: ["device"]
    )
    let writeSeconds = Metric(
        .counter,
        "node_disk_write_time_seconds_total",
        "This is the total number of seconds spent by all writes.",
        labels: ["device"]
    )
    let now = Metric(
        .gauge,
        "node_disk_io_now",
        "The number of I/Os currently in progress.",
        labels: ["device"]
    )
    let busySeconds = Metric(
        .counter,
        "node_disk_io_time_seconds_total",
        "Total seconds spent doing I/Os.",
        labels: ["device"]
    )
    let weightedSeconds = Metric(
        .counter,
        "node_disk_io_time_weighted_seconds_total",
        "The weighted # of seconds spent doing I/Os.",
        labels: ["device"]
    )
    let discardsCompleted = Metric(
        .counter,
        "node_disk_discards_completed_total",
        "The total number of discards completed successfully.",
        labels: ["device"]
    )
    let discardsMerged = Metric(
        .counter,
        "node_disk_discards_merged_total",
        "The total number of discards merged.",
        labels: ["device"]
    )
    let discardedSectors = Metric(
        .counter,
        "node_disk_discarded_sectors_total",
        "The total number of sectors discarded successfully.",
        labels: ["device"]
    )
    let discardSeconds = Metric(
        .counter,
        "node_disk_discard_time_seconds_total",
        "This is the total number of seconds spent by all discards.",
        labels: ["device"]
    )
    let flushes = Metric(
        .counter,
        "node_disk_flush_requests_total",
        "The total number of flush requests completed successfully",
        labels: ["device"]
    )
    let flushSeconds = Metric(
        .counter,
        "node_disk_flush_requests_time_seconds_total",
        "This is the total number of seconds spent by all flush requests.",
        labels: ["device"]
    )

    let info = Metric(
        .gauge,
        "node_disk_info",
        "Info of /sys/block/<block_device>.",
        labels: ["device", "major", "minor", "path", "wwn", "model", "serial", "revision", "rotational"]
    )
    let filesystemInfo = Metric(
        .gauge,
        "node_disk_filesystem_info",
        "Info about disk filesystem.",
        labels: ["device", "type", "usage", "uuid", "version"]
    )
    let mapperInfo = Metric(
        .gauge,
        "node_disk_device_mapper_info",
        "Info about disk device mapper.",
        labels: ["device", "name", "uuid", "vg_name", "lv_name", "lv_layer"]
    )
    let ataWriteCache = Metric(
        .gauge,
        "node_disk_ata_write_cache",
        "ATA disk has a write cache.",
        labels: ["device"]
    )
    let ataWriteCacheEnabled = Metric(
        .gauge,
        "node_disk_ata_write_cache_enabled",
        "ATA disk has its write cache enabled.",
        labels: ["device"]
    )
    let ataRotationRate = Metric(
        .gauge,
        "node_disk_ata_rotation_rate_rpm",
        "ATA disk rotation rate in RPMs (0 for SSDs).",
        labels: ["device"]
    )

    private let proc: FileTree
    private let sys: FileTree
    private let udev: FileTree
    private let filter: NameFilter
    private let state = Mutex(State())

    /// What was read of the devices and holds until udev's folder changes.
    private struct State {
        var stamp: UdevStamp?
        var devices: [Bytes: BlockDevice] = [:]
    }

    public init(_ host: Host, _ flags: FlagValues) throws(UsageError) {
        proc = host.proc
        sys = host.sys
        udev = host.udev
        filter = try NameFilter(include: Self.deviceInclude, exclude: Self.deviceExclude, flags)
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let statistics = try Self.parse(proc.read("diskstats"))
        let columns = columns
        state.withLock { state in
            forgetWhatChanged(&state, deviceCount: statistics.count)
            for statistic in statistics where filter.accepts(statistic.device) {
                for (column, value) in zip(columns, statistic.values) {
                    out.emit(column.metric, column.unit.inBase(value), [.init(statistic.device)])
                }
                emit(device(of: statistic, &state), into: &out)
            }
        }
    }

    // MARK: Numbers

    /// What the kernel counts in.
    private enum Unit {
        case one, sectors, milliseconds

        func inBase(_ value: UInt64) -> Double {
            switch self {
            case .one: Double(value)
            // The kernel's sectors have 512 bytes, whatever the disk's have.
            case .sectors: Double(value) * 512
            case .milliseconds: Double(value) / 1000
            }
        }
    }

    /// The metrics in the order of the kernel's columns. The first 11 are always there, 4 since 4.18, 2 since 5.5.
    private var columns: [(metric: Metric<1>, unit: Unit)] {
        [
            (readsCompleted, .one), (readsMerged, .one), (readBytes, .sectors), (readSeconds, .milliseconds),
            (writesCompleted, .one), (writesMerged, .one), (writtenBytes, .sectors), (writeSeconds, .milliseconds),
            (now, .one), (busySeconds, .milliseconds), (weightedSeconds, .milliseconds),
            (discardsCompleted, .one), (discardsMerged, .one), (discardedSectors, .one),
            (discardSeconds, .milliseconds), (flushes, .one), (flushSeconds, .milliseconds),
        ]
    }

    /// One line of `/proc/diskstats`.
    struct Statistic: Equatable {
        var major: Bytes
        var minor: Bytes
        var device: Bytes
        /// As many as the kernel printed.
        var values: [UInt64]
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [Statistic] {
        let statistics = bytes.lines.compactMap(parse(line:))
        // A host without block devices has an empty file.
        if statistics.isEmpty, !bytes.trimmed.isEmpty { throw .failed("diskstats: no line with a device's counters") }
        return statistics
    }

    private static func parse(line: Bytes) -> Statistic? {
        var fields = line.fields
        guard let major = fields.next(), major.uint64 != nil, let minor = fields.next(), minor.uint64 != nil,
            let device = fields.next()
        else { return nil }
        var values: [UInt64] = []
        values.reserveCapacity(17)
        for field in fields {
            guard let value = field.uint64 else { return nil }
            values.append(value)
        }
        return values.count >= 11 ? Statistic(major: major, minor: minor, device: device, values: values) : nil
    }

    // MARK: What a device is

    private func forgetWhatChanged(_ state: inout State, deviceCount: Int) {
        let stamp = UdevStamp(of: udev)
        let isUnchanged = stamp?.isUnchanged(since: state.stamp) ?? (state.stamp == nil)
        // More devices known than there are: some have gone.
        if !isUnchanged || state.devices.count > deviceCount { state.devices.removeAll(keepingCapacity: true) }
        state.stamp = stamp
    }

    private func device(of statistic: Statistic, _ state: inout State) -> BlockDevice {
        if let known = state.devices[statistic.device], known.hasNumbers(of: statistic) { return known }
        let file = "b\(statistic.major.text):\(statistic.minor.text)"
        // Not kept open: see UdevStamp.
        let data = try? udev.read(file, keep: false)
        let device = BlockDevice(statistic, data.map { UdevProperties(parsing: $0) } ?? UdevProperties())
        state.devices[Bytes(Array(statistic.device))] = device
        return device
    }

    private func emit(_ device: BlockDevice, into out: inout MetricWriter) {
        let isRotational = sys.attribute(device.rotationalPath).map { $0 == "1" } ?? false
        out.emit(info, 1, device.info(isRotational: isRotational))
        if let filesystem = device.filesystem { out.emit(filesystemInfo, 1, filesystem) }
        if let mapper = device.mapper { out.emit(mapperInfo, 1, mapper) }
        if let value = device.ataWriteCache { out.emit(ataWriteCache, value, [device.name]) }
        if let value = device.ataWriteCacheEnabled { out.emit(ataWriteCacheEnabled, value, [device.name]) }
        if let value = device.ataRotationRate { out.emit(ataRotationRate, value, [device.name]) }
    }
}
