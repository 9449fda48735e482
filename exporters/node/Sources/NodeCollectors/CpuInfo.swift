import ExporterSDK
import Exposition

/// What `/proc/cpuinfo` says of one CPU; what it does not say is empty.
///
/// Each architecture has its own fields, see `show_cpuinfo` in the kernel's `arch/*/kernel/`; here are those of x86 and
/// of Arm.
struct CpuInfo: Equatable {
    let number: LabelValue
    var package: LabelValue = ""
    var core: LabelValue = ""
    var vendor: LabelValue = ""
    var family: LabelValue = ""
    var model: LabelValue = ""
    var modelName: LabelValue = ""
    var microcode: LabelValue = ""
    var stepping: LabelValue = ""
    var cacheSize: LabelValue = ""
    var megahertz: Double?
    var flags: Bytes = []
    var bugs: Bytes = []

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [CpuInfo] {
        var cpus: [CpuInfo] = []
        for line in bytes.lines {
            guard let (key, value) = line.cut(at: ":") else { continue }
            let name = key.trimmed.text
            if name == "processor" {
                guard let number = value.trimmed.uint64 else { continue }
                cpus.append(CpuInfo(number: LabelValue(number)))
            } else if let last = cpus.indices.last {
                cpus[last].set(name, value.trimmed)
            }
        }
        guard !cpus.isEmpty else { throw .failed("cpuinfo: no processor, in \(bytes.count) bytes") }
        return cpus
    }

    private mutating func set(_ name: String, _ value: Bytes) {
        switch name {
        case "physical id": package = .bytes(value)
        case "core id": core = .bytes(value)
        case "vendor_id", "vendor": vendor = .bytes(value)
        case "cpu family": family = .bytes(value)
        case "model": model = .bytes(value)
        case "model name": modelName = .bytes(value)
        case "microcode": microcode = .bytes(value)
        case "stepping": stepping = .bytes(value)
        case "cache size": cacheSize = .bytes(value)
        case "cpu MHz": megahertz = value.double
        case "flags", "Features": flags = value
        case "bugs": bugs = value
        default: return
        }
    }
}
