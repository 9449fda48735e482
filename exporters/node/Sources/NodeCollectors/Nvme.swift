public import ExporterSDK
public import Exposition

/// Which NVMe controllers there are, and how large and how full their namespaces are.
///
/// Reads `/sys/class/nvme`; see <https://www.kernel.org/doc/Documentation/ABI/stable/sysfs-block> for the namespaces'
/// attributes.
public struct NvmeCollector: Collector {
    public static let name: StaticString = "nvme"
    public static let help: StaticString =
        "Model, firmware and state of NVMe controllers and sizes of their namespaces, from /sys/class/nvme."

    let info = Metric(
        .gauge,
        "node_nvme_info",
        "Non-numeric data from /sys/class/nvme/<device>, value is always 1.",
        labels: ["device", "firmware_revision", "model", "serial", "state", "cntlid"]
    )
    let namespaceInfo = Metric(
        .gauge,
        "node_nvme_namespace_info",
        "Information about NVMe namespaces. Value is always 1",
        labels: ["device", "nsid", "ana_state"]
    )
    let capacity = Metric(
        .gauge,
        "node_nvme_namespace_capacity_bytes",
        "Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size",
        labels: ["device", "nsid"]
    )
    let size = Metric(
        .gauge,
        "node_nvme_namespace_size_bytes",
        "Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size",
        labels: ["device", "nsid"]
    )
    let used = Metric(
        .gauge,
        "node_nvme_namespace_used_bytes",
        "Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse",
        labels: ["device", "nsid"]
    )
    let blockSize = Metric(
        .gauge,
        "node_nvme_namespace_logical_block_size_bytes",
        "Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in /sys/class/nvme/<device>/<namespace>/queue/logical_block_size",
        labels: ["device", "nsid"]
    )

    private let sys: FileTree

    public init(_ host: Host, _ flags: FlagValues) { sys = host.sys }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        for device in try sys.names(in: "class/nvme") {
            let folder = "class/nvme/\(device)"
            func value(_ file: String) -> LabelValue { .init(sys.attribute("\(folder)/\(file)") ?? []) }
            out.emit(
                info,
                1,
                [
                    .init(device), value("firmware_rev"), value("model"), value("serial"), value("state"),
                    value("cntlid"),
                ]
            )
            for name in sys.list(folder) {
                guard let number = Self.namespaceNumber(Bytes(name)) else { continue }
                emitNamespace(in: "\(folder)/\(name)", labels: [.init(device), .init(number)], into: &out)
            }
        }
    }

    /// The number of the namespace that a folder describes: 1 for `nvme0n1`, and for `nvme0c2n1`, which is controller
    /// 2's way to a namespace that several controllers share. Nil for other folders and for partitions.
    static func namespaceNumber(_ folder: Bytes) -> Bytes? {
        guard var rest = folder.dropping(prefix: "nvme").flatMap(droppingNumber) else { return nil }
        if let controller = rest.dropping(prefix: "c") {
            guard let afterController = droppingNumber(controller) else { return nil }
            rest = afterController
        }
        guard let number = rest.dropping(prefix: "n"), droppingNumber(number)?.isEmpty == true else { return nil }
        return number
    }

    private static func droppingNumber(_ bytes: Bytes) -> Bytes? {
        let rest = bytes.drop(while: isDigit)
        return rest.count < bytes.count ? rest : nil
    }

    private func emitNamespace(in folder: String, labels: [2 of LabelValue], into out: inout MetricWriter) {
        let state = sys.attribute("\(folder)/ana_state").map { LabelValue($0) } ?? "unknown"
        out.emit(namespaceInfo, 1, [labels[0], labels[1], state])
        guard let block = sys.attribute("\(folder)/queue/logical_block_size")?.uint64 else { return }
        out.emit(blockSize, Double(block), labels)
        if let blocks = sys.attribute("\(folder)/size")?.uint64 {
            out.emit(size, Double(blocks) * Double(block), labels)
            out.emit(capacity, Double(blocks) * Double(block), labels)
        }
        if let blocks = sys.attribute("\(folder)/nuse")?.uint64 {
            out.emit(used, Double(blocks) * Double(block), labels)
        }
    }
}
