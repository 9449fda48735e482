import ExporterSDK
import Exposition

/// What a block device is, as label values: its numbers, and what udev found out about it.
struct BlockDevice {
    let name: LabelValue
    /// `type`, `usage`, `uuid` and `version` of the file system on the device, after its name.
    let filesystem: [5 of LabelValue]?
    /// `name`, `uuid`, `vg_name`, `lv_name` and `lv_layer` of a device mapper's device, after its name.
    let mapper: [6 of LabelValue]?
    let ataWriteCache: Double?
    let ataWriteCacheEnabled: Double?
    let ataRotationRate: Double?
    /// The attribute of sysfs that says whether the disk turns.
    let rotationalPath: String

    private let info: [9 of LabelValue]
    private let major: UInt64?
    private let minor: UInt64?

    init(_ statistic: DiskstatsCollector.Statistic, _ udev: UdevProperties) {
        func value(_ property: String) -> LabelValue { .text(udev[property] ?? "") }
        let device = statistic.device.text
        name = .text(device)
        major = statistic.major.uint64
        minor = statistic.minor.uint64
        // A disk's own identity, then the serial number as printed on it, then what virtual disks have.
        let serial = udev["SCSI_IDENT_SERIAL"] ?? udev["ID_SERIAL_SHORT"] ?? udev["ID_SERIAL"] ?? ""
        info = [
            name, .text(statistic.major.text), .text(statistic.minor.text), value("ID_PATH"), value("ID_WWN"),
            value("ID_MODEL"), .text(serial), value("ID_REVISION"), "0",
        ]
        if let type = udev["ID_FS_TYPE"] {
            filesystem = [name, .text(type), value("ID_FS_USAGE"), value("ID_FS_UUID"), value("ID_FS_VERSION")]
        } else {
            filesystem = nil
        }
        if let mapped = udev["DM_NAME"] {
            mapper = [
                name, .text(mapped), value("DM_UUID"), value("DM_VG_NAME"), value("DM_LV_NAME"), value("DM_LV_LAYER"),
            ]
        } else {
            mapper = nil
        }
        let isATA = udev["ID_ATA"] != nil
        func number(_ property: String) -> Double? { isATA ? udev[property].flatMap { Bytes($0).double } : nil }
        ataWriteCache = number("ID_ATA_WRITE_CACHE")
        ataWriteCacheEnabled = number("ID_ATA_WRITE_CACHE_ENABLED")
        ataRotationRate = number("ID_ATA_ROTATION_RATE_RPM")
        // sysfs writes the slash of cciss/c0d0 as an exclamation mark.
        rotationalPath = "block/\(String(device.map { $0 == "/" ? "!" : $0 }))/queue/rotational"
    }

    /// Whether the device still is the one with these numbers, and not another of the same name.
    func hasNumbers(of statistic: DiskstatsCollector.Statistic) -> Bool {
        major == statistic.major.uint64 && minor == statistic.minor.uint64
    }

    /// The values for `node_disk_info`. A device without a queue of its own, such as a partition, does not turn.
    func info(isRotational: Bool) -> [9 of LabelValue] {
        var values = info
        if isRotational { values[8] = "1" }
        return values
    }
}
