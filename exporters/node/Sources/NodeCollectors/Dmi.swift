public import ExporterSDK
public import Exposition
import Synchronization

/// Who made the machine, its board and its firmware, and their versions and serial numbers.
///
/// Reads `/sys/class/dmi/id`; see <https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-dmi-id>. The serial
/// numbers are there for root only.
public final class DmiCollector: Collector {
    public static let name: StaticString = "dmi"
    public static let help: StaticString =
        "Maker, model, serial numbers and versions of the machine and its firmware, from /sys/class/dmi/id."

    let info = Metric(
        .gauge,
        "node_dmi_info",
        "A metric with a constant '1' value labeled by bios_date, bios_release, bios_vendor, bios_version, board_asset_tag, board_name, board_serial, board_vendor, board_version, chassis_asset_tag, chassis_serial, chassis_vendor, chassis_version, product_family, product_name, product_serial, product_sku, product_uuid, product_version, system_vendor if provided by DMI."
    )

    private let sys: FileTree
    /// Read once: the firmware's tables stay as they are until the next boot.
    private let labels = Mutex<LabelSet?>(nil)

    public init(_ host: Host, _ flags: FlagValues) { sys = host.sys }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let labels = try labels.withLock { kept throws(CollectorError) in
            if let kept { return kept }
            let read = try read()
            kept = read
            return read
        }
        out.emit(info, 1, labels)
    }

    private func read() throws(CollectorError) -> LabelSet {
        let present = Set(try sys.names(in: "class/dmi/id"))
        let fields: [StaticString] = [
            "bios_date", "bios_release", "bios_vendor", "bios_version", "board_asset_tag", "board_name",
            "board_serial", "board_vendor", "board_version", "chassis_asset_tag", "chassis_serial", "chassis_vendor",
            "chassis_version", "product_family", "product_name", "product_serial", "product_sku", "product_uuid",
            "product_version", "system_vendor",
        ]
        let labels: [(name: StaticString, value: LabelValue)] = fields.compactMap { field in
            let file = "\(field)" == "system_vendor" ? "sys_vendor" : "\(field)"
            guard present.contains(file), let value = try? sys.read("class/dmi/id/\(file)", keep: false) else {
                return nil
            }
            return (field, LabelValue(value.trimmed))
        }
        guard !labels.isEmpty else { throw .absent("\(sys.path("class/dmi/id")): nothing that may be read") }
        return LabelSet(labels)
    }
}
