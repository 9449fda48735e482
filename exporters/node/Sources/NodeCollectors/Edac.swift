public import ExporterSDK
public import Exposition

/// How many memory errors the memory controllers corrected, and how many they could not.
///
/// Reads `/sys/devices/system/edac/mc`; see <https://docs.kernel.org/admin-guide/ras.html>.
public struct EdacCollector: Collector {
    public static let name: StaticString = "edac"
    public static let help: StaticString =
        "Corrected and uncorrected memory errors by controller, row and channel, from /sys/devices/system/edac."

    let corrected = Metric(
        .counter,
        "node_edac_correctable_errors_total",
        "Total correctable memory errors.",
        labels: ["controller"]
    )
    let uncorrected = Metric(
        .counter,
        "node_edac_uncorrectable_errors_total",
        "Total uncorrectable memory errors.",
        labels: ["controller"]
    )
    let rowCorrected = Metric(
        .counter,
        "node_edac_csrow_correctable_errors_total",
        "Total correctable memory errors for this csrow.",
        labels: ["controller", "csrow"]
    )
    let rowUncorrected = Metric(
        .counter,
        "node_edac_csrow_uncorrectable_errors_total",
        "Total uncorrectable memory errors for this csrow.",
        labels: ["controller", "csrow"]
    )
    let channelCorrected = Metric(
        .counter,
        "node_edac_channel_correctable_errors_total",
        "Total correctable memory errors for this channel.",
        labels: ["controller", "csrow", "channel", "dimm_label"]
    )
    let channelUncorrected = Metric(
        .counter,
        "node_edac_channel_uncorrectable_errors_total",
        "Total uncorrectable memory errors for this channel.",
        labels: ["controller", "csrow", "channel", "dimm_label"]
    )

    private let sys: FileTree

    public init(_ host: Host, _ flags: FlagValues) { sys = host.sys }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let root = "devices/system/edac/mc"
        for controller in try sys.names(in: root).numbered("mc") {
            let folder = "\(root)/\(controller.name)"
            let label = LabelValue(controller.number)
            emit(corrected, "\(folder)/ce_count", [label], into: &out)
            emit(uncorrected, "\(folder)/ue_count", [label], into: &out)
            // Errors that the controller could not lay at any row's door.
            emit(rowCorrected, "\(folder)/ce_noinfo_count", [label, "unknown"], into: &out)
            emit(rowUncorrected, "\(folder)/ue_noinfo_count", [label, "unknown"], into: &out)
            for row in sys.list(folder).numbered("csrow") {
                emitRow("\(folder)/\(row.name)", [label, .init(row.number)], into: &out)
            }
        }
    }

    private func emitRow(_ folder: String, _ labels: [2 of LabelValue], into out: inout MetricWriter) {
        emit(rowCorrected, "\(folder)/ce_count", labels, into: &out)
        emit(rowUncorrected, "\(folder)/ue_count", labels, into: &out)
        for file in sys.list(folder) {
            guard let channel = Self.channel(Bytes(file)) else { continue }
            let prefix = "\(folder)/ch\(channel.text)"
            let dimm = Self.dimmLabel(sys.attribute("\(prefix)_dimm_label"))
            let labels: [4 of LabelValue] = [labels[0], labels[1], .init(channel), dimm]
            emit(channelCorrected, "\(prefix)_ce_count", labels, into: &out)
            emit(channelUncorrected, "\(prefix)_ue_count", labels, into: &out)
        }
    }

    private func emit<let count: Int>(
        _ metric: Metric<count>,
        _ file: String,
        _ labels: [count of LabelValue],
        into out: inout MetricWriter
    ) {
        if let errors = sys.attribute(file)?.uint64 { out.emit(metric, Double(errors), labels) }
    }

    /// The channel that a file `ch0_ce_count` counts for.
    static func channel(_ file: Bytes) -> Bytes? {
        guard let (channel, rest) = file.dropping(prefix: "ch")?.cut(at: "_"), rest == "ce_count",
            !channel.isEmpty, channel.allSatisfy(isDigit)
        else { return nil }
        return channel
    }

    /// The label as node_exporter spells it: `mc#0csrow#2channel#1` becomes `mc0_csrow2_channel1`.
    static func dimmLabel(_ bytes: Bytes?) -> LabelValue {
        guard var rest = bytes else { return "unknown" }
        var label: [UInt8] = []
        while let byte = rest.first {
            if rest.starts(with: "csrow") || rest.starts(with: "channel") { label.append(UInt8(ascii: "_")) }
            if byte != UInt8(ascii: "#") { label.append(byte) }
            rest.removeFirst()
        }
        return LabelValue(label[...])
    }
}
